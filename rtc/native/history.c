/* The last packets of one track, for answering NACKs: rtc/kernel/history.py in C, each packet in memory of its size. */

typedef struct { packet about; uint8_t payload[]; } kept_packet;

struct history {
    int64_t bytes;          /* of all payloads */
    int size;               /* a power of two */
    kept_packet **ring;
};

history *history_new(int size)
{
    history *h = calloc(1, sizeof(history));
    if (h == NULL)
        return NULL;
    h->size = size;
    h->ring = calloc(size, sizeof(kept_packet *));
    if (h->ring == NULL) {
        free(h);
        return NULL;
    }
    return h;
}

void history_free(history *h)
{
    for (int i = 0; i < h->size; i++)
        free(h->ring[i]);
    free(h->ring);
    free(h);
}

int history_size(const history *h) { return h->size; }

int64_t history_bytes(const history *h) { return h->bytes; }

/* Put a packet in its place, unless a newer one is there. Gives the one that is over, or NULL. */
static kept_packet *place(history *h, kept_packet *fresh)
{
    kept_packet **slot = &h->ring[fresh->about.number & (h->size - 1)], *over = *slot;
    if (over != NULL && over->about.number >= fresh->about.number)
        return fresh;
    *slot = fresh;
    return over;
}

void history_keep(history *h, const packet *p, const uint8_t *payload)
{
    kept_packet *fresh = malloc(sizeof(kept_packet) + p->payload_bytes);
    if (fresh == NULL)
        return;
    fresh->about = *p;
    memcpy(fresh->payload, payload, p->payload_bytes);
    h->bytes += p->payload_bytes;
    kept_packet *over = place(h, fresh);
    if (over != NULL)
        h->bytes -= over->about.payload_bytes;
    free(over);
}

const packet *history_find(const history *h, int64_t number)
{
    const kept_packet *there = h->ring[number & (h->size - 1)];
    return there != NULL && there->about.number == number ? &there->about : NULL;
}

/* What is at a place of the ring, 0..size-1; NULL: nothing. */
const packet *history_at(const history *h, int place)
{
    return h->ring[place] != NULL ? &h->ring[place]->about : NULL;
}

const uint8_t *history_payload(const packet *p) { return ((const kept_packet *)p)->payload; }

/* Hold another number of packets from now on, the newest of those that are here; 0 when there is no memory for it. */
int history_resize(history *h, int size)
{
    kept_packet **ring = calloc(size, sizeof(kept_packet *)), **before = h->ring;
    int count = h->size;
    if (ring == NULL)
        return 0;
    h->ring = ring;
    h->size = size;
    for (int i = 0; i < count; i++) {
        kept_packet *over = before[i] != NULL ? place(h, before[i]) : NULL;
        if (over != NULL)
            h->bytes -= over->about.payload_bytes;
        free(over);
    }
    free(before);
    return 1;
}
