/**
 * The server's time in this browser: whatever is compared with a time that the server told, or shown as a day, is read from it.
 *
 * How it works: an answer that carries the server's time was written between asking and its arrival; half of that is how
 * far it may be off. The best answer of the last while wins, unless a newer one shows that it cannot be true any more. Time
 * goes on by the browser's monotonic clock, so steps of this computer's own clock do not move it. Monotonic clocks stop while
 * some computers sleep; then the two clocks part, and whoever holds the line to the server asks again (`isDoubtful`).
 */

/** An answer older than this is no longer better than a new one. */
const TRUSTED_MS = 60_000;
/** Quartz drifts some 50 ms in a quarter of an hour. */
const FRESH_MS = 15 * 60_000;
/** The clocks of one computer do not part by more of themselves. */
const PARTED_MS = 1_000;
/** Timers and drift; what is further apart than this and both doubts is a contradiction. */
const SLACK_MS = 100;
/** HTTP's Date header counts whole seconds. */
const DATE_GRAIN_MS = 1_000;

interface Answer {
  /** At its arrival. */
  server_ms: number;
  at_ms: number;
  doubt_ms: number;
  /** What this computer's own clock said beyond the monotonic one. */
  apart_ms: number;
}

export class ServerClock {
  private best: Answer | null = null;

  /**
   * now        UTC ms of this computer
   * monotonic  ms that only grow
   */
  constructor(
    private readonly now: () => number = () => Date.now(),
    readonly monotonic: () => number = () => performance.now(),
  ) {}

  /** Learn from an answer. asked_ms: when it was asked for, by `monotonic`; grain_ms: in what steps it counts. */
  learn(server_ms: number, asked_ms: number, grain_ms = 0): void {
    if (!Number.isFinite(server_ms)) return;
    const at_ms = this.monotonic();
    const doubt_ms = (at_ms - asked_ms + grain_ms) / 2;
    const answer = { server_ms: server_ms + doubt_ms, at_ms, doubt_ms, apart_ms: this.now() - at_ms };
    if (this.best === null || doubt_ms <= this.best.doubt_ms || at_ms - this.best.at_ms >= TRUSTED_MS || this.contradicts(answer, this.best)) this.best = answer;
  }

  /** Learn from the Date header of an answer that came from no cache, as long as nothing better is known. */
  learnDate(header: string | null, asked_ms: number): void {
    if (header !== null && this.isDoubtful) this.learn(Date.parse(header), asked_ms, DATE_GRAIN_MS);
  }

  /** The server should be asked: never told, told long ago, or the computer slept or its clock was set. */
  get isDoubtful(): boolean {
    if (this.best === null) return true;
    const at_ms = this.monotonic();
    return at_ms - this.best.at_ms >= FRESH_MS || Math.abs(this.now() - at_ms - this.best.apart_ms) > PARTED_MS;
  }

  /** The server's UTC ms; this computer's own before anything was learnt. */
  read(): number {
    return this.best === null ? this.now() : this.best.server_ms + (this.monotonic() - this.best.at_ms);
  }

  private contradicts(answer: Answer, best: Answer): boolean {
    const expected_ms = best.server_ms + (answer.at_ms - best.at_ms);
    return Math.abs(answer.server_ms - expected_ms) > answer.doubt_ms + best.doubt_ms + SLACK_MS;
  }
}

/** The one clock of this page. */
export const serverClock = new ServerClock();

/** The server's UTC ms, now. */
export function serverNow(): number {
  return serverClock.read();
}

/** Whole seconds until a deadline, never below zero. */
export function secondsLeft(deadline_at_ms: number, now_ms: number): number {
  return Math.max(0, Math.ceil((deadline_at_ms - now_ms) / 1000));
}
