/* Reading bursts with one recvmmsg, and taking the ordinary packets of publishers and viewers without Python.
 *
 * How it works: a datagram's address leads to its transport. An RTP packet is ordinary when it is the next of a stream that
 * Python let pass, has no padding, and begins no keyframe of VP8; it is decrypted, counted, kept and forwarded here, on
 * the memory Python's objects look at, too. Everything else is told to the caller, datagram by datagram in their order:
 * rtc/room/publishing.py and rtc/room/layer.py do the same and more. Feedback is decrypted and matched here.
 */
#include <time.h>

#define PLACES 4096
#define KEY_BYTES 24

/* An address that belongs to a transport. */
typedef struct place_of {
    struct place_of *next;
    peer *from;
    int32_t owner;
    uint8_t key[KEY_BYTES];
} place_of;

struct reader {
    int fd;
    int count, at;          /* datagrams of this burst; the next one */
    protect_function unprotect;
    uint64_t unprotect_rtcp;
    fanout *out;
    int64_t began_ns;       /* when the burst was read, by the machine's clock */
    inflow *sending;        /* of a packet whose copies wait for TCP connections */
    int sending_from;
    packet sent;
    const uint8_t *payload;
    int32_t lengths[READ_SLOTS];
    struct mmsghdr headers[READ_SLOTS];
    struct iovec vectors[READ_SLOTS];
    uint8_t names[READ_SLOTS][NAME_BYTES];
    place_of *places[PLACES];
    uint8_t slots[READ_SLOTS][SLOT_BYTES] __attribute__((aligned(16)));
};

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

reader *reader_new(int fd, uint64_t unprotect, uint64_t unprotect_rtcp, fanout *f)
{
    reader *r = calloc(1, sizeof(reader));
    if (r == NULL)
        return NULL;
    r->fd = fd;
    r->unprotect = (protect_function)(uintptr_t)unprotect;
    r->unprotect_rtcp = unprotect_rtcp;
    r->out = f;
    for (int i = 0; i < READ_SLOTS; i++)
        prepare(&r->headers[i], &r->vectors[i], r->names[i], NAME_BYTES, r->slots[i]);
    return r;
}

void reader_free(reader *r)
{
    for (int i = 0; i < PLACES; i++)
        for (place_of *one = r->places[i], *next; one != NULL; one = next) {
            next = one->next;
            free(one);
        }
    free(r);
}

uint8_t *reader_slots(reader *r) { return r->slots[0]; }

uint8_t *reader_names(reader *r) { return r->names[0]; }

/* Read what waits, READ_SLOTS datagrams at most; give how many, or -errno. */
int reader_read(reader *r)
{
    int count = recvmmsg(r->fd, r->headers, READ_SLOTS, MSG_DONTWAIT, NULL);
    r->at = r->count = 0;
    r->sending = NULL;
    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++) {
        r->lengths[i] = r->headers[i].msg_len;
        r->headers[i].msg_hdr.msg_namelen = NAME_BYTES;
    }
    r->count = count;
    r->began_ns = read_clock();
    return count;
}

/* Addresses */

/* What of a sockaddr tells peers apart: family, port, address, scope. */
static void make_key(const uint8_t *name, uint8_t key[KEY_BYTES])
{
    uint16_t family;
    memcpy(&family, name, 2);
    memset(key, 0, KEY_BYTES);
    memcpy(key, name, 4);
    if (family == AF_INET) {
        memcpy(key + 4, name + 4, 4);
    } else {
        memcpy(key + 4, name + 8, 16);
        memcpy(key + 20, name + 24, 4);
    }
}

static place_of **find_place(reader *r, const uint8_t key[KEY_BYTES])
{
    uint64_t parts[KEY_BYTES / 8], hash = 0;
    memcpy(parts, key, KEY_BYTES);
    for (int i = 0; i < KEY_BYTES / 8; i++)
        hash = (hash ^ parts[i]) * 0x9E3779B97F4A7C15u;
    place_of **at = &r->places[hash >> 52];
    while (*at != NULL && memcmp((*at)->key, key, KEY_BYTES))
        at = &(*at)->next;
    return at;
}

/* Let a transport have the datagrams of an address (a sockaddr, NAME_BYTES long); 0 when there is no memory. The peer must
 * live until the address is forgotten or assigned anew. */
int reader_assign(reader *r, const uint8_t *name, peer *from, int owner)
{
    uint8_t key[KEY_BYTES];
    make_key(name, key);
    place_of **at = find_place(r, key);
    if (*at == NULL) {
        place_of *fresh = calloc(1, sizeof(place_of));
        if (fresh == NULL)
            return 0;
        memcpy(fresh->key, key, KEY_BYTES);
        *at = fresh;
    }
    (*at)->from = from;
    (*at)->owner = owner;
    return 1;
}

void reader_forget(reader *r, const uint8_t *name)
{
    uint8_t key[KEY_BYTES];
    make_key(name, key);
    place_of **at = find_place(r, key), *gone = *at;
    if (gone != NULL) {
        *at = gone->next;
        free(gone);
    }
}

/* RTP */

/* Take the picture's numbers as rtc.room.layer.Layer does, which continues them over restarts; 0 when Python has to see it. */
static int take_picture(layer_state *layer, packet *p, uint8_t *payload)
{
    vp8 read = parse_vp8(payload, p->payload_bytes);
    if (read.keyframe || read.tid > layer->top_tid || read.tid > TOP_TID)
        return 0;
    p->picture_at = (uint16_t)read.picture_at;
    p->tl0_at = (uint16_t)read.tl0_at;
    if (read.picture_at) {
        int64_t newest = layer->newest_picture;
        int64_t ahead = ((int64_t)read.picture + layer->picture_shift - newest) & PICTURE_MASK;
        int64_t picture = newest + (ahead <= PICTURE_MASK / 2 ? ahead : ahead - PICTURE_MASK - 1);
        if (layer->picture_shift || layer->tl0_shift) {
            put16(payload + read.picture_at, 0x8000 | (picture & PICTURE_MASK));
            if (read.tl0_at)
                payload[read.tl0_at] = (uint8_t)(read.tl0 + layer->tl0_shift);
        }
        if (picture >= 0) {
            layer->newest_picture = picture;
            if (read.tl0_at)
                layer->newest_tl0 = read.tl0 + layer->tl0_shift;
        }
    }
    layer->octets_by_tid[read.tid > 0 ? read.tid : 0] += p->payload_bytes;
    return 1;
}

/* rtc.kernel.reception.Reception.note, for a number that is the newest. */
static void note_reception(reception_state *state, int64_t number, const reading *read, int length, int64_t now_ns)
{
    int64_t clock_hz = read->of->clock_hz;
    state->packets++;
    state->bytes += length;
    if (number > state->highest)
        state->highest = number;
    /* In two steps, because the product does not fit. */
    int64_t clock = now_ns / 1000000000 * clock_hz + now_ns % 1000000000 * clock_hz / 1000000000;
    int64_t transit = (uint32_t)(clock - read->ticks);
    if (state->transit >= 0) {
        int64_t change = (uint32_t)(transit - state->transit);
        if (change >= 0x80000000)
            change = 0x100000000 - change;
        if (change < clock_hz * 10)
            state->jitter += change - ((state->jitter + 8) >> 4);
    }
    state->transit = transit;
}

static void note_extension(const peer *from, const reading *read, int64_t now_ns)
{
    arrivals_state *arrivals = from->arrivals;
    if (read->arrival >= 0 && read->arrival >= arrivals->next) {
        int64_t *tick = &arrivals->ticks[read->arrival & (ARRIVALS - 1)];
        if (read->arrival > arrivals->newest)
            arrivals->newest = read->arrival;
        if (*tick == 0) {
            *tick = now_ns >= TICK_NS ? now_ns / TICK_NS : 1;
            arrivals->waiting++;
        }
    }
    voice_state *voice = read->of->voice;
    if (read->level >= 0 && voice != NULL) {
        int64_t loudness_db = 127 - read->level;
        voice->tells = 1;
        voice->sum += loudness_db;
        voice->count++;
        if (loudness_db > voice->peak_db)
            voice->peak_db = loudness_db;
        if (loudness_db > voice->loudest_db)
            voice->loudest_db = loudness_db;
    }
}

/* Decide about a packet of this level as rtc.kernel.silence.Silence does. */
enum verdict { PASS, SHORTEN, LEAVE_OUT };

static enum verdict take_silence(silence_state *state, int level, int64_t now_ns)
{
    if (!state->quiet_since_ns) {
        if (level >= QUIET)
            state->quiet_since_ns = now_ns;
        return PASS;
    }
    if (level < LOUD) {
        state->quiet_since_ns = 0;
        return PASS;
    }
    if (now_ns - state->quiet_since_ns < SILENCE_AFTER_NS)
        return PASS;
    if (now_ns - state->passed_at_ns < SILENCE_EVERY_NS)
        return LEAVE_OUT;
    state->passed_at_ns = now_ns;
    return SHORTEN;
}

/* rtc.room.layer.Layer.thin: the packet's length from now on, 0: it was left out. */
static int thin(inflow *of, uint8_t *data, int length, const reading *read, int64_t now_ns)
{
    if (of->silence == NULL || read->level < 0 || length - read->payload_at <= DTX_BYTES)
        return length;
    switch (take_silence(of->silence, read->level, now_ns)) {
    case SHORTEN:
        data[read->payload_at] &= 0xFC;
        return read->payload_at + 1;
    case LEAVE_OUT:
        of->line->seq_shift--;
        of->line->newest_ticks = (uint32_t)(read->ticks + of->line->ticks_shift);
        of->line->last_at_ns = now_ns;
        of->reception->packets++;
        of->reception->bytes += length;
        of->reception->left_out++;
        return 0;
    default:
        return length;
    }
}

/* Give a packet to those who get it, from the point where it was; 1 when copies wait for TCP connections. */
static int pass_on(reader *r, int64_t now_ns)
{
    inflow *of = r->sending;
    int64_t now_us = (now_ns + read_clock() - r->began_ns) / 1000;
    r->sending_from = fanout_forward(r->out, of->outlets, r->sending_from, of->count, &r->sent, r->payload, now_us);
    if (r->sending_from == 0)
        r->sending = NULL;
    return r->sending != NULL;
}

/* Take an RTP packet if it is ordinary: DONE. Else RAW, RTP or FAILED; STREAMED when copies wait. */
static int take_rtp(reader *r, uint8_t *data, peer *from, int64_t now_ns, found *what)
{
    reading read;
    if (r->out == NULL || !from->receive || !read_header(data, what->length, from, &read))
        return RAW;
    what->status = r->unprotect((void *)(uintptr_t)from->receive, data, &what->length);
    if (what->status)
        return FAILED;
    from->heard_ns = now_ns;
    inflow *of = read.of;
    line_state *line = of->line;
    layer_state *layer = of->layer;
    int bytes = what->length - read.payload_at;
    if (bytes < 0 || bytes + read.descriptor_bytes > MAX_PAYLOAD)
        return RTP;
    packet *p = &r->sent;
    *p = (packet){line->newest + 1, (uint32_t)(read.ticks + line->ticks_shift), data[0] & 0xE0, data[1] & 0x80, 0, 0,
                  (uint16_t)bytes};
    if (of->is_vp8 && !take_picture(layer, p, data + read.payload_at))
        return RTP;
    note_extension(from, &read, now_ns);
    what->length = thin(of, data, what->length, &read, now_ns);
    if (what->length == 0) {
        r->out->counted.silence++;
        return DONE;
    }
    bytes = what->length - read.payload_at;
    /* The descriptor goes in front of the payload, where nothing is needed any more. */
    uint8_t *payload = data + read.payload_at - read.descriptor_bytes;
    memmove(payload, data + read.descriptor_at, read.descriptor_bytes);
    p->descriptor_bytes = (uint8_t)read.descriptor_bytes;
    p->payload_bytes = (uint16_t)(bytes + read.descriptor_bytes);
    line->newest = p->number;
    line->newest_ticks = p->ticks;
    line->last_at_ns = now_ns;
    note_reception(of->reception, p->number, &read, what->length, now_ns);
    layer->newest = p->number;
    layer->newest_ticks = p->ticks;
    layer->packets++;
    layer->octets += bytes;
    history_keep(of->kept, p, payload);
    if (of->count == 0)
        return DONE;
    r->sending = of;
    r->sending_from = 0;
    r->payload = payload;
    return pass_on(r, now_ns) ? STREAMED : DONE;
}

static int take_rtcp(reader *r, uint8_t *data, peer *from, int64_t now_ns, matched *out, found *what)
{
    if (!from->receive)
        return RAW;
    int opened = open_rtcp(
        r->unprotect_rtcp, from, from->match, from->waits, (uint64_t)(uintptr_t)data, &what->length, from->each, out);
    if (opened < 0) {
        what->status = -opened;
        return FAILED;
    }
    from->heard_ns = now_ns;
    return opened == OPENED ? RTCP : opened == MATCHED ? FEEDBACK : opened == WAITS ? DONE : BAD_FEEDBACK;
}

/* Go on with the burst until there is something to tell. now_ns: when the burst was read, by the caller's clock. */
int reader_next(reader *r, int64_t now_ns, matched *out, found *what)
{
    if (r->sending != NULL && r->sending_from >= r->sending->count)
        r->sending = NULL;
    if (r->sending != NULL && pass_on(r, now_ns))
        return STREAMED;
    while (r->at < r->count) {
        what->index = r->at++;
        what->length = r->lengths[what->index];
        uint8_t *data = r->slots[what->index], key[KEY_BYTES];
        if (what->length < 2 || what->length >= SLOT_BYTES || data[0] < 128 || data[0] > 191)
            return RAW;
        make_key(r->names[what->index], key);
        const place_of *at = *find_place(r, key);
        if (at == NULL)
            return RAW;
        what->owner = at->owner;
        int is_rtcp = data[1] > 191 && data[1] < 224, told;
        told = is_rtcp ? take_rtcp(r, data, at->from, now_ns, out, what) : take_rtp(r, data, at->from, now_ns, what);
        if (told != DONE)
            return told;
    }
    return DONE;
}
