/* What Python and C share. cffi reads this file too, so it holds declarations and plain numbers only. Numbers that the
 * kernel decides with come from there: rtc/native/constants.py. */

#define SLOTS 64           /* packets collected before they must leave; what the kernel copies is still in the cache then */
#define SLOT_BYTES 2048    /* as rtc/net/srtp.py, which is checked when this is loaded */
#define NAME_BYTES 28      /* sockaddr_in6 */
#define READ_SLOTS 64
#define STREAM_SLOTS 64    /* packets that wait for Python, which sends them over TCP */
#define MAX_PAYLOAD 1464   /* of a packet that is forwarded; checked likewise */
#define INFLOWS 16         /* of one publisher at most; others take Python's way */
#define WAITING_GROUPS 40  /* of feedback that is told with the next */

/* Which packets went to a viewer, by transport-wide number; the memory belongs to rtc.kernel.sent.Sent. */
typedef struct { uint32_t ssrc; uint16_t seq; uint16_t bytes; } sent_packet;
typedef struct { uint64_t next, bytes; uint32_t at_us[SENT_PACKETS]; sent_packet packets[SENT_PACKETS]; } sent_log;

/* Memory of rtc.kernel's objects: numbers of 64 bits, in the order of their number_at(). */
typedef struct { int64_t newest, newest_ticks, last_at_ns, seq_shift, ticks_shift; } line_state;
typedef struct { int64_t packets, bytes, highest, transit, jitter, left_out; } reception_state;
typedef struct { int64_t sum, count, peak_db, loudest_db, tells; } voice_state;
typedef struct { int64_t quiet_since_ns, passed_at_ns; } silence_state;
typedef struct { int64_t newest, next, waiting, ticks[ARRIVALS]; } arrivals_state;
typedef struct {
    int64_t newest, newest_ticks, newest_picture, newest_tl0, packets, octets;
    int64_t picture_shift, tl0_shift, top_tid, octets_by_tid[TOP_TID + 1];
} layer_state;

typedef struct inflow inflow;

/* A transport. */
typedef struct {
    uint64_t srtp;          /* srtp_t for sending; 0 until there are keys */
    uint64_t receive;       /* and for receiving */
    sent_log *sent;         /* with an extension id: where numbers are kept */
    uint8_t extension_id;   /* of the transport-wide number; 0: none is written */
    uint8_t descriptor_id;  /* of dependency descriptors; 0: they are left out */
    uint8_t name[NAME_BYTES];
    void *stream;           /* Python's handle of the peer's TCP connection; NULL: it has an address */
    int64_t rate;           /* bytes/s it may get; 0: any */
    int64_t allowance;      /* bytes left */
    int64_t most;           /* bytes that may be left at most */
    int64_t filled_us;
    int64_t heard_ns;       /* when anything right came last */
    uint8_t each;           /* feedback is told packet by packet */
    uint8_t numbers_id;     /* of a publisher's transport-wide numbers; 0: there are none */
    uint8_t level_id;       /* of its audio levels */
    arrivals_state *arrivals;
    void *match;            /* match_state and waiting of a viewer's feedback */
    void *waits;
    int inflow_count;
    inflow *inflows[INFLOWS];
} peer;

/* One stream to one viewer. */
typedef struct {
    peer *to;
    uint32_t ssrc;
    uint32_t ticks_shift;
    uint16_t seq_shift;
    uint16_t picture_shift;
    uint8_t tl0_shift;
    uint8_t payload_type;
    uint8_t kind;           /* 0 audio, 1 video, 2 repair */
    uint8_t repeats;        /* packets go out again under the number they had */
    uint8_t skips;          /* the rest of the frame with skip_ticks is left out */
    uint32_t skip_ticks;
    int64_t floor;
} outlet;

typedef struct {
    int64_t number;
    uint32_t ticks;
    uint8_t first;
    uint8_t marker;
    uint16_t picture_at;
    uint16_t tl0_at;
    uint16_t payload_bytes;     /* with the descriptor in front of it */
    uint8_t descriptor_bytes;   /* of that; the places above count from behind it */
} packet;

typedef struct history history;

/* One stream from a publisher, as far as its packets are ordinary: rtc/native/intake.c. */
struct inflow {
    uint32_t ssrc;
    uint8_t ready;          /* Python need not see ordinary packets */
    uint8_t payload_type;
    uint8_t is_vp8;
    uint8_t descriptor_id;  /* header extension of its dependency descriptors; 0: there are none */
    int32_t clock_hz;
    int32_t count;          /* of outlets */
    outlet **outlets;
    line_state *line;
    reception_state *reception;
    layer_state *layer;
    voice_state *voice;     /* NULL: nobody listens for how loud it is */
    silence_state *silence; /* NULL: it is not thinned */
    history *kept;
};

/* A packet for a TCP connection, encrypted. */
typedef struct {
    void *stream;
    uint16_t bytes;
    uint8_t kind;           /* as an outlet's */
    uint8_t datagram[SLOT_BYTES];
} streamed;

/* Counts since Python last took them. */
typedef struct {
    uint32_t forwarded, silence, dropped;  /* dropped: whether any of the others changed */
    uint32_t no_keys, protect, over_video, over_audio, repeat_unknown, buffer_full, failed;
    int32_t error;          /* errno of the last failed destination */
} counts;

/* Feedback of one viewer beside what was sent: rtc/kernel/transport_cc_matching.py. */
typedef struct {
    uint8_t has_group, has_whole;
    uint32_t first_us, last_us, whole_us;
    int64_t last_tick, whole_tick;
} match_state;
/* All of one width, so that Python reads many with one call. Groups are three numbers, what was seen four. */
typedef struct {
    int64_t end, received, lost, octets, newest_us, newest_tick, group_count, seen_count;
    int64_t groups[3 * (SENT_PACKETS + WAITING_GROUPS)];
    int64_t seen[4 * SENT_PACKETS];
} matched;

/* Feedback that told nothing new, and waits for the next. drift_us: how much later its last packets came than its first,
 * by the times they were sent. */
typedef struct {
    int64_t received, octets, group_count, told_tick, drift_us;
    int64_t groups[3 * WAITING_GROUPS];
} waiting;

#define OPENED 0            /* decrypted, to be read by Python */
#define MATCHED 1           /* it was transport-wide feedback alone */
#define WAITS 2             /* such feedback, which is told with the next */
#define NONSENSE 3          /* feedback that is malformed, or tells of what was never sent */

/* What reader_next() found. */
#define DONE 0              /* the burst is over */
#define RAW 1               /* a datagram as it came, for Python's way */
#define RTP 2               /* an RTP packet, decrypted, that is not ordinary */
#define RTCP 3              /* an RTCP packet, decrypted */
#define FEEDBACK 4          /* feedback, matched */
#define BAD_FEEDBACK 5
#define FAILED 6            /* it did not decrypt: status */
#define STREAMED 7          /* packets wait for TCP connections */
typedef struct { int32_t index, length, owner, status; } found;

typedef struct fanout fanout;
typedef struct reader reader;

fanout *fanout_new(int fd, int name_bytes, uint64_t protect);
void fanout_free(fanout *f);
counts *fanout_counts(fanout *f);
int fanout_forward(
    fanout *f, outlet **outlets, int from, int count, const packet *p, const uint8_t *payload, int64_t now_us);
int fanout_take_streamed(fanout *f);
streamed *fanout_streamed(fanout *f);
void fanout_send(fanout *f, const peer *to, const uint8_t *datagram, int bytes);
void fanout_flush(fanout *f);

int match_feedback(const sent_log *log, match_state *state, const uint8_t *body, int length, int each, matched *out);
int open_rtcp(
    uint64_t unprotect, const peer *from, match_state *state, waiting *kept, uint64_t data, int *length, int each,
    matched *out);

history *history_new(int size);
void history_free(history *h);
int history_size(const history *h);
int history_resize(history *h, int size);
void history_keep(history *h, const packet *p, const uint8_t *payload);
const packet *history_find(const history *h, int64_t number);
const packet *history_at(const history *h, int place);
const uint8_t *history_payload(const packet *p);
int64_t history_bytes(const history *h);

reader *reader_new(int fd, uint64_t unprotect, uint64_t unprotect_rtcp, fanout *f);
void reader_free(reader *r);
uint8_t *reader_slots(reader *r);
uint8_t *reader_names(reader *r);
int reader_read(reader *r);
int reader_next(reader *r, int64_t now_ns, matched *out, found *what);
int reader_assign(reader *r, const uint8_t *name, peer *from, int owner);
void reader_forget(reader *r, const uint8_t *name);
