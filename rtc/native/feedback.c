/* Reading transport-wide feedback and putting it beside what was sent: rtc/kernel/transport_cc_matching.py and the reading of
 * rtc/wire/rtcp.py in C. A test runs both on the same packets.
 */

#define HALF 0x80000000u

static int take_arrival(
    const sent_log *log, match_state *state, matched *out, uint64_t number, int64_t tick, int each)
{
    const sent_packet *packet = &log->packets[number & (SENT_PACKETS - 1)];
    uint32_t sent_us = log->at_us[number & (SENT_PACKETS - 1)];
    uint32_t ahead = sent_us - state->first_us;
    out->received++;
    out->octets += packet->bytes;
    out->newest_us = sent_us;
    if (tick > out->newest_tick)
        out->newest_tick = tick;
    if (each) {
        int64_t *seen = out->seen + 4 * out->seen_count++;
        seen[0] = (int64_t)number;
        seen[1] = sent_us;
        seen[2] = tick;
        seen[3] = packet->bytes;
    }
    if (!state->has_group) {
        state->has_group = 1;
        state->first_us = state->last_us = sent_us;
        state->last_tick = tick;
    } else if (ahead >= HALF) {
        /* late */
    } else if (ahead <= GROUP_US) {
        if (sent_us - state->last_us < HALF)
            state->last_us = sent_us;
        if (tick > state->last_tick)
            state->last_tick = tick;
    } else {
        if (state->has_whole) {
            int64_t *group = out->groups + 3 * out->group_count++;
            group[0] = state->last_us - state->whole_us;
            group[1] = state->last_tick - state->whole_tick;
            group[2] = state->last_tick;
        }
        state->has_whole = 1;
        state->whole_us = state->last_us;
        state->whole_tick = state->last_tick;
        state->first_us = state->last_us = sent_us;
        state->last_tick = tick;
    }
    return 0;
}

/* 0: done, 1: malformed, 2: tells of packets that were never sent. body: behind the RTCP header, padding taken off. */
int match_feedback(const sent_log *log, match_state *state, const uint8_t *body, int length, int each, matched *out)
{
    static __thread uint8_t states[STATUSES];
    memset(out, 0, offsetof(matched, groups));
    if (length < 16)
        return 1;
    uint16_t base = body[8] << 8 | body[9];
    int count = body[10] << 8 | body[11], filled = 0, at = 16;
    if (count > STATUSES)
        return 1;
    while (filled < count) {
        if (at + 2 > length)
            return 1;
        unsigned chunk = body[at] << 8 | body[at + 1];
        at += 2;
        if (chunk < 0x8000) {
            int run = chunk & 0x1FFF;
            if (run == 0)
                return 1;
            if (run > count - filled)
                run = count - filled;
            memset(states + filled, chunk >> 13, run);
            filled += run;
        } else {
            int bits = chunk < 0xC000 ? 1 : 2;
            for (int shift = 14 - bits; shift >= 0 && filled < count; shift -= bits)
                states[filled++] = (chunk >> shift) & (bits == 1 ? 1 : 3);
        }
    }
    int needed = at;
    for (int i = 0; i < count; i++)
        needed += states[i] == 1 ? 1 : states[i] == 2 ? 2 : 0;
    if (needed > length)
        return 1;
    int64_t begun = (int64_t)log->next, number = begun - (uint16_t)(begun - base);
    int64_t oldest = begun > SENT_PACKETS ? begun - SENT_PACKETS : 0;
    if ((number > oldest ? number + count : number + count > oldest ? number + count : oldest) > begun)
        return 2;
    int64_t tick = (int64_t)(body[12] << 16 | body[13] << 8 | body[14]) << 8;
    for (int i = 0; i < count; i++, number++) {
        if (states[i] == 1)
            tick += body[at++];
        else if (states[i] == 2) {
            tick += (int16_t)(body[at] << 8 | body[at + 1]);
            at += 2;
        }
        if (number < oldest)
            continue;
        if (states[i] == 1 || states[i] == 2)
            take_arrival(log, state, out, (uint64_t)number, tick, each);
        else
            out->lost++;
    }
    out->end = number > oldest ? number : oldest;
    return 0;
}

#define CALM_US 3000
#define DRIFT_US 2000
#define WAIT_TICKS (190000000 / TICK_NS)

/* Nothing was lost, no group was much later or earlier than the one before, and all that waits together is not either: no
 * queue grew or shrank. */
static int is_calm(const waiting *kept, const matched *out, int64_t *drift_us)
{
    *drift_us = kept->drift_us;
    if (out->lost || !out->received)
        return 0;
    for (const int64_t *group = out->groups; group < out->groups + 3 * out->group_count; group += 3) {
        int64_t later_us = group[1] * (TICK_NS / 1000) - group[0];
        if (later_us > CALM_US || later_us < -CALM_US)
            return 0;
        *drift_us += later_us;
    }
    return *drift_us <= DRIFT_US && *drift_us >= -DRIFT_US;
}

/* Of a calm line feedback is told every 200 ms instead of every 50, because telling costs more than anything else here.
 * Gives whether it waits; else what waited before is added to it. */
static int let_wait(waiting *kept, matched *out, int each)
{
    int64_t since = out->newest_tick - kept->told_tick, drift_us;
    if (!each && since >= 0 && since < WAIT_TICKS && kept->group_count + out->group_count <= WAITING_GROUPS
        && is_calm(kept, out, &drift_us)) {
        memcpy(kept->groups + 3 * kept->group_count, out->groups, 24 * out->group_count);
        kept->group_count += out->group_count;
        kept->received += out->received;
        kept->octets += out->octets;
        kept->drift_us = drift_us;
        return 1;
    }
    if (kept->received) {
        memmove(out->groups + 3 * kept->group_count, out->groups, 24 * out->group_count);
        memcpy(out->groups, kept->groups, 24 * kept->group_count);
        out->group_count += kept->group_count;
        out->received += kept->received;
        out->octets += kept->octets;
        kept->group_count = kept->received = kept->octets = 0;
    }
    kept->drift_us = 0;
    if (out->newest_tick)
        kept->told_tick = out->newest_tick;
    return 0;
}

/* Decrypt an SRTCP packet in place; match it at once when it is transport-wide feedback and nothing else. Gives OPENED,
 * MATCHED, WAITS, NONSENSE, or libsrtp's status below 0. */
int open_rtcp(
    uint64_t unprotect, const peer *from, match_state *state, waiting *kept, uint64_t data, int *length, int each,
    matched *out)
{
    uint8_t *packet = (uint8_t *)(uintptr_t)data;
    int status = ((protect_function)(uintptr_t)unprotect)((void *)(uintptr_t)from->receive, packet, length);
    if (status)
        return -status;
    int bytes = *length;
    if (from->sent == NULL || bytes < 8 || (packet[0] & 0xDF) != 0x8F || packet[1] != 205)
        return OPENED;
    if (((packet[2] << 8 | packet[3]) + 1) * 4 != bytes)
        return OPENED; /* more follows */
    if (packet[0] & 0x20) {
        int padding = packet[bytes - 1];
        if (padding == 0 || padding > bytes - 4)
            return NONSENSE;
        bytes -= padding;
    }
    if (match_feedback(from->sent, state, packet + 4, bytes - 4, each, out))
        return NONSENSE;
    return let_wait(kept, out, each) ? WAITS : MATCHED;
}
