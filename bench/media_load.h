/* What Python and C share of the media load. cffi reads this file too, so it holds declarations and plain numbers only. */

typedef struct {
    int fd;
    uint64_t srtp_in, srtp_out;  /* srtp_t handles of pylibsrtp */
    uint8_t numbers_id;          /* header extension id of the transport-wide number; 0: write no feedback */
    uint8_t probes;              /* decrypt, and note how long each packet took */
    uint32_t ssrc;               /* of the reports */
    /* What came. */
    uint64_t packets, bytes, lost;
    /* Inside. */
    int serving, has_numbers;
    int64_t next, newest;
    int64_t due_us, due_report_us;
    uint8_t feedback_count;
    uint32_t media_ssrc;
    int64_t highest, first, received;
    int64_t arrived[1024];       /* in 250 us by number modulo 1024; -1: not here */
} viewer;

typedef struct viewers viewers;

viewers *viewers_new(int count, uint64_t unprotect, uint64_t protect_rtcp, int feedback_ms, double lose, int latencies);
viewer *viewers_at(viewers *v, int index);
int viewers_add(viewers *v, int index);
void viewers_run(viewers *v);
void viewers_stop(viewers *v);
void viewers_free(viewers *v);
/* Latencies of the probes in us since the last call, at most `most`; gives how many. */
int viewers_take_latencies(viewers *v, float *into, int most);

/* Send media evenly: video of `bytes` a packet and an audio packet of 120 bytes every 20 ms; gives how many packets left.
 * Numbers go on from the last call's. */
typedef struct {
    int fd;
    uint64_t srtp;
    uint64_t protect;
    uint32_t video_ssrc, audio_ssrc;  /* audio_ssrc 0: no audio */
    uint8_t numbers_id, level_id;     /* header extension ids; 0: none */
    uint8_t described;                /* with picture ids and temporal layers, as browsers send */
    int bytes;
    double rate;
    int burst;                        /* packets that leave together */
    /* Inside. */
    uint32_t sent, audio_sent, numbered;
} publisher;
uint32_t publish_for(publisher *p, double seconds);
