/* Reading transport-wide feedback and putting it beside what was sent: rtc/kernel/matching.py and the reading of
 * rtc/wire/rtcp.py in C. A test runs both on the same packets.
 */

#define HALF 0x80000000u
#define GROUP_US 5000

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
    if (each)
        out->seen[out->seen_count++] = (seen_packet){(int64_t)number, tick, sent_us, packet->bytes};
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
        if (state->has_whole)
            out->groups[out->group_count++] = (group_times){
                state->last_us - state->whole_us, state->last_tick - state->whole_tick, state->last_tick};
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
    static __thread uint8_t states[SENT_PACKETS];
    memset(out, 0, offsetof(matched, groups));
    out->group_count = out->seen_count = 0;
    if (length < 16)
        return 1;
    uint16_t base = body[8] << 8 | body[9];
    int count = body[10] << 8 | body[11], filled = 0, at = 16;
    if (count > SENT_PACKETS)
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
