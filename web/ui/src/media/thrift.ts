/**
 * Sparing the line: sound first, no pictures, neither sent nor received.
 *
 * How it works: by one press it is on until it is pressed again. By itself it comes when the server has held back every
 * picture for lack of room for a while; then pictures are tried again after a pause, which doubles each time it was too
 * early. Whoever turns it off by hand is not overruled for some minutes.
 */

export interface ThriftState {
  on: boolean;
  /** The line is the reason, not the person. */
  automatic: boolean;
}

export const NO_THRIFT: ThriftState = { on: false, automatic: false };
export const THRIFT_MS = { starved: 8_000, pause: 30_000, maxPause: 240_000, early: 20_000, respected: 300_000 } as const;

export class Thrift {
  private starvedSinceMs: number | null = null;
  private beganAtMs = 0;
  private endedAtMs: number | null = null;
  private pauseMs: number = THRIFT_MS.pause;
  private quietUntilMs = 0;

  /**
   * Look at the line once a second; returns the state from now on.
   *
   * wanted   pictures this page shows, or would show
   * starved  of these, held back for lack of room
   */
  tick(state: ThriftState, atMs: number, { wanted, starved }: { wanted: number; starved: number }): ThriftState {
    if (state.on) {
      if (!state.automatic || atMs - this.beganAtMs < this.pauseMs) return state;
      this.endedAtMs = atMs;
      return NO_THRIFT;
    }
    if (wanted === 0 || starved < wanted) this.starvedSinceMs = null;
    else this.starvedSinceMs ??= atMs;
    const since = this.starvedSinceMs;
    if (since === null || atMs - since < THRIFT_MS.starved || atMs < this.quietUntilMs) return state;
    const early = this.endedAtMs !== null && since - this.endedAtMs < THRIFT_MS.early;
    this.pauseMs = early ? Math.min(this.pauseMs * 2, THRIFT_MS.maxPause) : THRIFT_MS.pause;
    this.starvedSinceMs = null;
    this.beganAtMs = atMs;
    return { on: true, automatic: true };
  }

  /** The person pressed the button. */
  press(state: ThriftState, atMs: number): ThriftState {
    this.starvedSinceMs = null;
    if (!state.on) return { on: true, automatic: false };
    this.quietUntilMs = atMs + THRIFT_MS.respected;
    return NO_THRIFT;
  }
}
