/* The load of the media benchmark: many viewers in one thread, and a publisher with an even pace.
 *
 * How it works: handshakes are done in Python; then the sockets are served here. Viewers read in bursts, note arrivals by the
 * kernel's time stamps (so that a client that waits for a processor does not look like a slow line), and write
 * transport-wide feedback and receiver reports, as browsers do. They look at their sockets every few ms and never sleep on
 * them: a server does not pay for waking viewers on other machines, so it is not to pay for waking these. A probe also decrypts, and reads the time that the publisher
 * wrote into the payload.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BURST 32
#define SLOT 2048
#define RING 1024

typedef int (*srtp_function)(void *srtp, void *packet, int *length);

struct viewers {
    int count;
    volatile int running;
    srtp_function unprotect, protect_rtcp;
    int feedback_us;
    uint32_t lose;       /* of 2^32 */
    uint32_t random;
    int latency_room;
    volatile int latency_count;
    float *latencies;
    int64_t real_ahead_us;
    struct mmsghdr headers[BURST];
    struct iovec vectors[BURST];
    uint8_t slots[BURST][SLOT];
    uint8_t controls[BURST][64];
    viewer at[];
};

static int64_t now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
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

viewers *viewers_new(int count, uint64_t unprotect, uint64_t protect_rtcp, int feedback_ms, double lose, int latencies)
{
    viewers *v = calloc(1, sizeof(viewers) + count * sizeof(viewer));
    if (v == NULL)
        return NULL;
    v->count = count;
    v->unprotect = (srtp_function)(uintptr_t)unprotect;
    v->protect_rtcp = (srtp_function)(uintptr_t)protect_rtcp;
    v->feedback_us = feedback_ms * 1000;
    v->lose = (uint32_t)(lose * 4294967295.0);
    v->random = 1;
    v->latency_room = latencies;
    v->latencies = calloc(latencies, sizeof(float));
    v->running = 1;
    v->real_ahead_us = now_us(CLOCK_REALTIME) - now_us(CLOCK_MONOTONIC);
    for (int i = 0; i < BURST; i++) {
        v->vectors[i] = (struct iovec){v->slots[i], SLOT};
        v->headers[i].msg_hdr.msg_iov = &v->vectors[i];
        v->headers[i].msg_hdr.msg_iovlen = 1;
        v->headers[i].msg_hdr.msg_control = v->controls[i];
    }
    return v;
}

viewer *viewers_at(viewers *v, int index) { return &v->at[index]; }

/* Serve this viewer's socket from now on; gives 0 or errno. */
int viewers_add(viewers *v, int index)
{
    viewer *one = &v->at[index];
    int on = 1;
    if (setsockopt(one->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on))
        return errno;
    for (int i = 0; i < RING; i++)
        one->arrived[i] = -1;
    int64_t now = now_us(CLOCK_MONOTONIC);
    one->due_us = now + (int64_t)v->feedback_us * index / v->count;
    one->due_report_us = now + 1000000LL * index / v->count;
    one->serving = 1;
    return 0;
}

static void note(viewer *one, uint16_t seq, int64_t at_us)
{
    if (!one->has_numbers) {
        one->has_numbers = 1;
        one->newest = one->next = seq + 0x10000;
    }
    int64_t number = one->newest + (int16_t)(uint16_t)(seq - (uint16_t)one->newest);
    if (number < one->next || number - one->next >= RING)
        return;
    if (number > one->newest)
        one->newest = number;
    one->arrived[number & (RING - 1)] = at_us / 250;
}

static void take(viewers *v, viewer *one, uint8_t *data, int length, int64_t at_us)
{
    if (length < 12 || data[0] < 128 || data[0] > 191)
        return;
    if (data[1] > 191 && data[1] < 224)
        return;
    int extended = data[0] & 0x10;
    if (v->lose) {
        v->random = v->random * 1664525u + 1013904223u;
        if (v->random < v->lose) {
            one->lost++;
            return;
        }
    }
    one->packets++;
    one->bytes += length;
    uint16_t seq = data[2] << 8 | data[3];
    if ((data[1] & 0x7F) == 96) {
        if (one->received++ == 0)
            one->first = one->highest = seq;
        one->media_ssrc = data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11];
        int64_t number = one->highest + (int16_t)(uint16_t)(seq - (uint16_t)one->highest);
        if (number > one->highest) {
            if (one->numbers_id && number > one->highest + 1 && number - one->highest < 17) {
                /* Generic NACK (RFC 4585 6.2.1) for what is missing before it. */
                uint8_t nack[64];
                put32(nack, 0x81CD0003);
                put32(nack + 4, one->ssrc);
                put32(nack + 8, one->media_ssrc);
                put16(nack + 12, (uint16_t)(one->highest + 1));
                put16(nack + 14, (1u << (number - one->highest - 2)) - 1);
                int bytes = 16;
                if (!v->protect_rtcp((void *)(uintptr_t)one->srtp_out, nack, &bytes))
                    send(one->fd, nack, bytes, MSG_DONTWAIT);
            }
            one->highest = number;
        }
    }
    if (one->numbers_id && extended && data[12] == 0xBE && data[16] >> 4 == one->numbers_id)
        note(one, data[17] << 8 | data[18], at_us);
    if (one->probes && (data[1] & 0x7F) == 96 && !v->unprotect((void *)(uintptr_t)one->srtp_in, data, &length)) {
        int at = 12;
        if (extended)
            at += 4 + 4 * (data[14] << 8 | data[15]);
        at += data[at] & 0x80 ? 6 : 1;  /* the VP8 descriptor */
        at += 1;
        if (at + 8 > length)
            return;
        uint64_t stamp = 0;
        for (int i = 0; i < 8; i++)
            stamp = stamp << 8 | data[at + i];
        if (v->latency_count < v->latency_room) {
            v->latencies[v->latency_count] = (float)((at_us * 1000 - (int64_t)stamp) / 1000.0);
            v->latency_count++;
        }
    }
}

static void write_feedback(viewers *v, viewer *one)
{
    uint8_t packet[1500];
    int64_t base = one->next;
    while (base <= one->newest && one->arrived[base & (RING - 1)] < 0)
        base++;  /* a feedback packet begins with a packet that came */
    if (base > one->newest)
        return;
    int count = (int)(one->newest + 1 - base);
    if (count > 400)
        count = 400;
    int64_t reference = one->arrived[base & (RING - 1)] >> 8, previous = reference << 8;
    put32(packet + 4, one->ssrc);
    put32(packet + 8, one->media_ssrc);
    put16(packet + 12, (uint16_t)base);
    packet[16] = reference >> 16;
    put16(packet + 17, (uint16_t)reference);
    packet[19] = one->feedback_count++;
    uint8_t states[400], deltas[800];
    int delta_bytes = 0, at = 20;
    for (int i = 0; i < count; i++) {
        int64_t *slot = &one->arrived[(base + i) & (RING - 1)];
        if (*slot < 0) {
            states[i] = 0;
            continue;
        }
        int64_t delta = *slot - previous;
        previous = *slot;
        *slot = -1;
        states[i] = delta >= 0 && delta < 256 ? 1 : 2;
        if (states[i] == 1) {
            deltas[delta_bytes++] = (uint8_t)delta;
        } else {
            put16(deltas + delta_bytes, (uint16_t)delta);
            delta_bytes += 2;
        }
    }
    put16(packet + 14, count);
    for (int i = 0; i < count;) {
        int run = 1;
        while (i + run < count && states[i + run] == states[i])
            run++;
        if (run >= 7 || i + run == count) {
            put16(packet + at, states[i] << 13 | run);
            i += run;
        } else {
            unsigned chunk = 0xC000;
            for (int k = 0; k < 7 && i + k < count; k++)
                chunk |= states[i + k] << (12 - 2 * k);
            put16(packet + at, chunk);
            i += 7;
        }
        at += 2;
    }
    memcpy(packet + at, deltas, delta_bytes);
    at += delta_bytes;
    int padding = -at & 3;
    memset(packet + at, 0, padding);
    if (padding)
        packet[at + padding - 1] = padding;
    at += padding;
    put32(packet, (padding ? 0xAFCD0000 : 0x8FCD0000) | (at / 4 - 1));
    one->next = base + count;
    if (!v->protect_rtcp((void *)(uintptr_t)one->srtp_out, packet, &at))
        send(one->fd, packet, at, MSG_DONTWAIT);
}

static void write_report(viewers *v, viewer *one)
{
    uint8_t packet[128] = {0};
    int bytes = 32;
    put32(packet, 0x81C90007);
    put32(packet + 4, one->ssrc);
    put32(packet + 8, one->media_ssrc);
    put32(packet + 16, (uint32_t)one->highest);
    if (!v->protect_rtcp((void *)(uintptr_t)one->srtp_out, packet, &bytes))
        send(one->fd, packet, bytes, MSG_DONTWAIT);
}

static void read_all(viewers *v, viewer *one)
{
    for (;;) {
        for (int i = 0; i < BURST; i++)
            v->headers[i].msg_hdr.msg_controllen = sizeof v->controls[i];
        int count = recvmmsg(one->fd, v->headers, BURST, MSG_DONTWAIT, NULL);
        if (count <= 0)
            return;
        for (int i = 0; i < count; i++) {
            struct msghdr *header = &v->headers[i].msg_hdr;
            struct cmsghdr *control = CMSG_FIRSTHDR(header);
            int64_t at_us = 0;
            if (control != NULL && control->cmsg_type == SO_TIMESTAMPNS) {
                struct timespec t;
                memcpy(&t, CMSG_DATA(control), sizeof t);
                at_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 - v->real_ahead_us;
            } else {
                at_us = now_us(CLOCK_MONOTONIC);
            }
            take(v, one, v->slots[i], v->headers[i].msg_len, at_us);
        }
        if (count < BURST)
            return;
    }
}

/* Serve until viewers_stop(). */
void viewers_run(viewers *v)
{
    int64_t pause_us = 5000 + 30 * v->count;
    while (v->running) {
        struct timespec pause = {0, pause_us * 1000};
        nanosleep(&pause, NULL);
        for (int i = 0; i < v->count; i++) {
            viewer *one = &v->at[i];
            if (!one->serving)
                continue;
            read_all(v, one);
            int64_t now = now_us(CLOCK_MONOTONIC);
            if (one->numbers_id && now >= one->due_us) {
                one->due_us += v->feedback_us;
                if (one->due_us < now)
                    one->due_us = now + v->feedback_us;
                write_feedback(v, one);
            }
            if (now >= one->due_report_us && one->received) {
                one->due_report_us = now + 1000000;
                write_report(v, one);
            }
        }
    }
}

void viewers_stop(viewers *v) { v->running = 0; }

void viewers_free(viewers *v)
{
    free(v->latencies);
    free(v);
}

int viewers_take_latencies(viewers *v, float *into, int most)
{
    int count = v->latency_count;
    v->latency_count = 0;
    if (count > most)
        count = most;
    memcpy(into, v->latencies, count * sizeof(float));
    return count;
}

static int write_extension(publisher *p, uint8_t *at, int level)
{
    int bytes = 4;
    if (p->numbers_id) {
        at[bytes++] = p->numbers_id << 4 | 1;
        put16(at + bytes, p->numbered++);
        bytes += 2;
    }
    if (level >= 0 && p->level_id) {
        at[bytes++] = p->level_id << 4;
        at[bytes++] = level;
    }
    while (bytes & 3)
        at[bytes++] = 0;
    put16(at, 0xBEDE);
    put16(at + 2, bytes / 4 - 1);
    return bytes;
}

static void send_packet(publisher *p, int audio)
{
    uint8_t packet[2048];
    int extended = p->numbers_id || (audio && p->level_id), at = 12, bytes = audio ? 120 : p->bytes;
    uint32_t number = audio ? p->audio_sent++ : p->sent++;
    packet[0] = extended ? 0x90 : 0x80;
    packet[1] = audio ? 111 : 96;
    put16(packet + 2, number);
    put32(packet + 4, audio ? number * 960 : number / 6 * 540);
    put32(packet + 8, audio ? p->audio_ssrc : p->video_ssrc);
    if (extended)
        at += write_extension(p, packet + at, audio ? 0x80 | (30 + number % 7) : -1);
    if (!audio) {
        int starts = number % 6 == 0, keyframe = starts && number / 6 % (uint32_t)(p->rate / 6 + 1) == 0;
        uint32_t picture = number / 6;
        packet[at++] = (p->described ? 0x80 : 0) | (starts ? 0x10 : 0);
        if (p->described) {
            packet[at++] = 0xE0;
            put16(packet + at, 0x8000 | (picture & 0x7FFF));
            packet[at + 2] = picture;
            packet[at + 3] = 0x20;
            at += 4;
        }
        packet[at++] = keyframe ? 0x50 : 0x51;
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        uint64_t stamp = (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
        put32(packet + at, stamp >> 32);
        put32(packet + at + 4, (uint32_t)stamp);
        at += 8;
    }
    for (; at < bytes; at++)
        packet[at] = (uint8_t)(at * 31 + number);
    if (!((srtp_function)(uintptr_t)p->protect)((void *)(uintptr_t)p->srtp, packet, &at))
        send(p->fd, packet, at, MSG_DONTWAIT);
}

uint32_t publish_for(publisher *p, double seconds)
{
    int64_t began = now_us(CLOCK_MONOTONIC), ends = began + (int64_t)(seconds * 1e6);
    uint32_t sent = 0, audio = 0, random = 1;
    for (;;) {
        double due_us = (double)sent / p->burst * (1e6 * p->burst / p->rate), audio_us = 20000.0 * audio;
        int is_audio = p->audio_ssrc && audio_us < due_us;
        int64_t at = began + (int64_t)(is_audio ? audio_us : due_us);
        if (at >= ends)
            return sent + audio;
        /* Not in step with the kernel's tick, by which it tells user time from system time. */
        random = random * 1664525u + 1013904223u;
        at += (random >> 16) * (int64_t)(250000.0 * p->burst / p->rate) >> 16;
        struct timespec until = {at / 1000000, at % 1000000 * 1000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
        }
        if (is_audio) {
            send_packet(p, 1);
            audio++;
        } else {
            for (int i = 0; i < p->burst; i++, sent++)
                send_packet(p, 0);
        }
    }
}
