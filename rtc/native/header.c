/* Reading an RTP packet as far as it tells whether it is ordinary: header and extension, which are not encrypted, as
 * rtc/wire/rtp.py, and the payload descriptor of VP8 as rtc/wire/vp8.py.
 */

static uint32_t get16(const uint8_t *at) { return at[0] << 8 | at[1]; }

static uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

/* What an ordinary packet says besides its payload. */
typedef struct {
    inflow *of;
    uint32_t ticks;
    int payload_at;
    int64_t arrival;        /* place of its transport-wide number; -1: it has none */
    int level;              /* -1: it tells none */
    int descriptor_at, descriptor_bytes;
} reading;

/* Read the elements of a one-byte header extension (RFC 8285 4.2), as rtc.wire.rtp.find_extension does. Gives 0 when Python
 * has to note the arrival. */
static int read_extension(const uint8_t *data, int at, int end, const peer *from, reading *read)
{
    int has_number = 0, has_level = 0;
    int descriptor_id = read->of->descriptor_id;
    while (at < end) {
        int id = data[at] >> 4, length = (data[at] & 15) + 1;
        if (data[at++] == 0)
            continue;
        if (id == 15 || at + length > end)
            break;
        if (id && id == from->numbers_id && !has_number) {
            has_number = 1;
            if (length == 2) {
                const arrivals_state *arrivals = from->arrivals;
                if (arrivals == NULL || arrivals->newest < 0)
                    return 0;
                int64_t number = arrivals->newest + (int16_t)(get16(data + at) - (uint16_t)arrivals->newest);
                if (number - arrivals->newest > MAX_JUMP || number - arrivals->next >= ARRIVALS)
                    return 0;
                read->arrival = number;
            }
        }
        if (id && id == from->level_id && !has_level) {
            has_level = 1;
            read->level = data[at] & 0x7F;
        }
        if (descriptor_id && id == descriptor_id && !read->descriptor_bytes) {
            read->descriptor_at = at;
            read->descriptor_bytes = length;
        }
        at += length;
    }
    return 1;
}

/* Tell whether the header, which is not encrypted, is an ordinary packet's. */
static int read_header(const uint8_t *data, int length, const peer *from, reading *read)
{
    if (length < 12 || data[0] & 0x20)
        return 0;
    uint32_t ssrc = get32(data + 8);
    inflow *of = NULL;
    for (int i = 0; i < from->inflow_count && of == NULL; i++)
        if (from->inflows[i]->ssrc == ssrc)
            of = from->inflows[i];
    if (of == NULL || !of->ready || of->payload_type != (data[1] & 0x7F))
        return 0;
    if ((uint16_t)(get16(data + 2) + of->line->seq_shift - of->line->newest) != 1)
        return 0;
    *read = (reading){of, get32(data + 4), 12 + (data[0] & 15) * 4, -1, -1, 0, 0};
    if (data[0] & 0x10) {
        int at = read->payload_at + 4;
        if (at > length || get16(data + read->payload_at) != 0xBEDE)
            return 0;
        read->payload_at = at + get16(data + read->payload_at + 2) * 4;
        if (read->payload_at > length)
            return 0;
        return read_extension(data, at, read->payload_at, from, read);
    }
    return read->payload_at <= length;
}

/* What rtc.wire.vp8.parse_vp8 finds; NONE: -1. */
typedef struct { int keyframe, picture_at, picture, tl0_at, tl0, tid; } vp8;

static vp8 parse_vp8(const uint8_t *payload, int size)
{
    vp8 found = {0, 0, -1, 0, -1, -1};
    if (size == 0)
        return found;
    int at = 1;
    if (payload[0] & 0x80) {
        if (size < 6)
            return found;
        int extended = payload[1];
        at = 2;
        if (extended & 0x80) {
            if (payload[2] & 0x80) {
                found.picture_at = 2;
                found.picture = get16(payload + 2) & PICTURE_MASK;
                at = 4;
            } else {
                at = 3;
            }
        }
        if (extended & 0x40) {
            found.tl0_at = at;
            found.tl0 = payload[at++];
        }
        if (extended & 0x30) {
            if (extended & 0x20)
                found.tid = payload[at] >> 6;
            at++;
        }
    }
    found.keyframe = (payload[0] & 0x17) == 0x10 && size > at && !(payload[at] & 1);
    return found;
}
