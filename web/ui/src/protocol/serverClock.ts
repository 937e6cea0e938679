/**
 * The server's time in this browser, by which deadlines are drawn: the two clocks may differ by minutes.
 *
 * How it works: an answer that carries the server's time was written between asking and its arrival; half of that is how
 * far it may be off. The best answer of the last while wins. Steps of this computer's own clock do not move it, because
 * time goes on by the browser's monotonic clock.
 */

/** An answer older than this is no longer better than a new one: monotonic clocks stop when some computers sleep. */
const TRUSTED_MS = 60_000;

export class ServerClock {
  private best: { server_ms: number; at_ms: number; doubt_ms: number } | null = null;

  /**
   * now        UTC ms of this computer
   * monotonic  ms that only grow
   */
  constructor(
    private readonly now: () => number = () => Date.now(),
    readonly monotonic: () => number = () => performance.now(),
  ) {}

  /** Learn from an answer. asked_ms: when it was asked for, by `monotonic`. */
  learn(server_ms: number, asked_ms: number): void {
    const arrived_ms = this.monotonic();
    const doubt_ms = (arrived_ms - asked_ms) / 2;
    if (this.best !== null && this.best.doubt_ms < doubt_ms && arrived_ms - this.best.at_ms < TRUSTED_MS) return;
    this.best = { server_ms: server_ms + doubt_ms, at_ms: arrived_ms, doubt_ms };
  }

  /** The server's UTC ms; this computer's own before anything was learnt. */
  read(): number {
    return this.best === null ? this.now() : this.best.server_ms + (this.monotonic() - this.best.at_ms);
  }
}

/** Whole seconds until a deadline, never below zero. */
export function secondsLeft(deadline_at_ms: number, now_ms: number): number {
  return Math.max(0, Math.ceil((deadline_at_ms - now_ms) / 1000));
}
