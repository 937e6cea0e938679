/* Sending one packet to many viewers with one sendmmsg per batch.
 *
 * How it works: for each outlet the header, the header extension and the payload are written into a slot, encrypted there
 * by libsrtp (whose function comes as a pointer from pylibsrtp, so that nothing is linked), and the slots leave together.
 * rtc/sending/fanout_plain.py does the same in Python; the same tests run on both.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define DROP(counted, reason, by) ((counted)->dropped = 1, (counted)->reason += (by))

typedef int (*protect_function)(void *srtp, void *packet, int *length);

struct fanout {
    int fd;
    int count;
    int streamed_count;
    protect_function protect;
    counts counted;
    struct mmsghdr headers[SLOTS];
    struct iovec vectors[SLOTS];
    uint8_t names[SLOTS][NAME_BYTES];
    uint8_t slots[SLOTS][SLOT_BYTES];
    streamed streamed[STREAM_SLOTS];
};

static void prepare(struct mmsghdr *header, struct iovec *vector, uint8_t *name, int name_bytes, uint8_t *slot)
{
    vector->iov_base = slot;
    vector->iov_len = SLOT_BYTES;
    header->msg_hdr.msg_name = name;
    header->msg_hdr.msg_namelen = name_bytes;
    header->msg_hdr.msg_iov = vector;
    header->msg_hdr.msg_iovlen = 1;
}

fanout *fanout_new(int fd, int name_bytes, uint64_t protect)
{
    fanout *f = calloc(1, sizeof(fanout));
    if (f == NULL)
        return NULL;
    f->fd = fd;
    f->protect = (protect_function)(uintptr_t)protect;
    for (int i = 0; i < SLOTS; i++)
        prepare(&f->headers[i], &f->vectors[i], f->names[i], name_bytes, f->slots[i]);
    return f;
}

void fanout_free(fanout *f) { free(f); }

counts *fanout_counts(fanout *f) { return &f->counted; }

/* Hand what was collected to the kernel; a destination that fails never holds back the others. */
void fanout_flush(fanout *f)
{
    int done = 0, count = f->count;
    f->count = 0;
    while (done < count) {
        int sent = sendmmsg(f->fd, f->headers + done, count - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += sent;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            DROP(&f->counted, buffer_full, count - done);
            return;
        } else if (errno != EINTR) {
            DROP(&f->counted, failed, 1);
            f->counted.error = errno;
            done++;
        }
    }
}

static void queue(fanout *f, const peer *to, int bytes)
{
    f->vectors[f->count].iov_len = bytes;
    memcpy(f->names[f->count], to->name, NAME_BYTES);
    f->count++;
}

void fanout_send(fanout *f, const peer *to, const uint8_t *datagram, int bytes)
{
    if (f->count == SLOTS)
        fanout_flush(f);
    memcpy(f->slots[f->count], datagram, bytes);
    queue(f, to, bytes);
}

/* Take the bytes from the viewer's allowance; 0 when they are to be dropped. */
static int afford(counts *counted, outlet *o, peer *to, const packet *p, int bytes, int64_t now_us)
{
    int64_t passed_us = now_us - to->filled_us;
    if (passed_us > 0) {
        if (passed_us > 1000000)
            passed_us = 1000000;
        to->allowance += to->rate * passed_us / 1000000;
        if (to->allowance > to->most)
            to->allowance = to->most;
        to->filled_us = now_us;
    }
    if (o->kind == 0) {
        if (to->allowance + to->most < bytes) {
            DROP(counted, over_audio, 1);
            return 0;
        }
    } else {
        if (o->skips && o->skip_ticks == p->ticks) {
            DROP(counted, over_video, 1);
            return 0;
        }
        o->skips = 0;
        if (to->allowance < bytes) {
            o->skips = o->kind == 1;
            o->skip_ticks = p->ticks;
            DROP(counted, over_video, 1);
            return 0;
        }
    }
    to->allowance -= bytes;
    return 1;
}

/* Find the number a packet went out under; -1 when it is forgotten. */
static int64_t find_sent(const sent_log *log, uint32_t ssrc, uint16_t seq)
{
    for (uint64_t back = 1; back <= SENT_PACKETS && back <= log->next; back++) {
        const sent_packet *sent = &log->packets[(log->next - back) & (SENT_PACKETS - 1)];
        if (sent->ssrc == ssrc && sent->seq == seq)
            return (int64_t)(log->next - back);
    }
    return -1;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = value >> 8;
    at[1] = value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* Write the header extension (RFC 8285), as rtc.wire.rtp.build_extension does: the transport-wide number and the descriptor,
 * as far as they are wanted. Gives where it ends. */
static uint8_t *put_extension(uint8_t *begin, const peer *to, int64_t number, const uint8_t *descriptor, int bytes)
{
    uint8_t *at = begin + 4;
    int two_byte = bytes > 16;
    if (to->extension_id) {
        *at++ = two_byte ? to->extension_id : to->extension_id << 4 | 1;
        if (two_byte)
            *at++ = 2;
        put16(at, (uint16_t)number);
        at += 2;
    }
    if (bytes) {
        *at++ = two_byte ? to->descriptor_id : to->descriptor_id << 4 | (bytes - 1);
        if (two_byte)
            *at++ = bytes;
        memcpy(at, descriptor, bytes);
        at += bytes;
    }
    while ((at - begin) & 3)
        *at++ = 0;
    put16(begin, two_byte ? 0x1000 : 0xBEDE);
    put16(begin + 2, (at - begin) / 4 - 1);
    return at;
}

/* Give the number of packets that wait for TCP connections, and forget them: they are read before the next call. */
int fanout_take_streamed(fanout *f)
{
    int count = f->streamed_count;
    f->streamed_count = 0;
    return count;
}

streamed *fanout_streamed(fanout *f) { return f->streamed; }

/* Send to outlets[from..count). Gives 0 when all is done; else packets wait for TCP connections: take them, and go on
 * from the number given, if it is not the last. */
int fanout_forward(
    fanout *f, outlet **outlets, int from, int count, const packet *p, const uint8_t *payload, int64_t now_us)
{
    counts *counted = &f->counted;
    for (int i = from; i < count; i++) {
        outlet *o = outlets[i];
        peer *to = o->to;
        if (to->stream != NULL && f->streamed_count == STREAM_SLOTS)
            return i;
        if (p->number < o->floor)
            continue;
        if (to->srtp == 0) {
            DROP(counted, no_keys, 1);
            continue;
        }
        if (to->rate && !afford(counted, o, to, p, p->payload_bytes - p->descriptor_bytes + 64, now_us))
            continue;
        uint16_t seq = (uint16_t)(p->number + o->seq_shift);
        int64_t number = 0;
        if (to->extension_id) {
            number = o->repeats ? find_sent(to->sent, o->ssrc, seq) : (int64_t)to->sent->next;
            if (number < 0) {
                DROP(counted, repeat_unknown, 1);
                continue;
            }
        }
        if (f->count == SLOTS)
            fanout_flush(f);
        uint8_t *slot = f->slots[f->count], *at = slot + 12;
        int described = to->descriptor_id ? p->descriptor_bytes : 0, bytes = p->payload_bytes - p->descriptor_bytes;
        slot[0] = p->first | (to->extension_id || described ? 0x10 : 0);
        slot[1] = p->marker | o->payload_type;
        put16(slot + 2, seq);
        put32(slot + 4, p->ticks + o->ticks_shift);
        put32(slot + 8, o->ssrc);
        if (to->extension_id || described)
            at = put_extension(at, to, number, payload, described);
        memcpy(at, payload + p->descriptor_bytes, bytes);
        if (p->picture_at) {
            uint32_t picture = (at[p->picture_at] << 8 | at[p->picture_at + 1]) + o->picture_shift;
            put16(at + p->picture_at, 0x8000 | (picture & PICTURE_MASK));
        }
        if (p->tl0_at)
            at[p->tl0_at] += o->tl0_shift;
        int length = (int)(at - slot) + bytes;
        if (f->protect((void *)(uintptr_t)to->srtp, slot, &length)) {
            DROP(counted, protect, 1);
            continue;
        }
        if (to->extension_id && !o->repeats) {
            int place = number & (SENT_PACKETS - 1);
            to->sent->at_us[place] = (uint32_t)now_us;
            to->sent->packets[place] = (sent_packet){o->ssrc, seq, (uint16_t)length};
            to->sent->next = number + 1;
            to->sent->bytes += length;
        }
        counted->forwarded++;
        if (to->stream == NULL) {
            queue(f, to, length);
        } else {
            streamed *waits = &f->streamed[f->streamed_count++];
            waits->stream = to->stream;
            waits->bytes = (uint16_t)length;
            waits->kind = o->kind;
            memcpy(waits->datagram, slot, length);
        }
    }
    return f->streamed_count ? count : 0;
}
