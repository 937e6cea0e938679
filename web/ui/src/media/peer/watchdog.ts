/**
 * Decides from what a transport shows whether to leave it, to restart its ICE, or to build it anew.
 *
 * How it works: once a second a sample comes in, with its time. Trouble is a connection that is lost for 3 s or does not
 * come about in 10 s, and packets that stand still for 4 s although something is sent. Still packets get one ICE
 * restart; if that does not help, and for every other trouble, the transport is built anew, with growing pauses.
 */

export type Verdict = "fine" | "restart" | "rebuild";

export interface Sample {
  atMs: number;
  state: RTCPeerConnectionState;
  /** Payload bytes so far. */
  bytes: number;
  /** Packets should flow now: somebody sends. */
  expected: boolean;
}

export const PATIENCE_MS = { disconnected: 3_000, connecting: 10_000, frozen: 4_000 } as const;
const REBUILD_PAUSE_MS = 4_000;
const REBUILD_PAUSE_MAX_MS = 30_000;

export class Watchdog {
  private stateSince: { state: RTCPeerConnectionState; atMs: number } | null = null;
  private flow: { bytes: number; atMs: number } | null = null;
  private restartedAtMs: number | null = null;
  private rebuiltAtMs: number | null = null;
  private rebuilds = 0;

  /** Judge the newest sample; the caller does what it says, then tells by `restarted` or `rebuilt`. */
  judge(sample: Sample): Verdict {
    const { atMs, state, bytes, expected } = sample;
    if (this.stateSince?.state !== state) this.stateSince = { state, atMs };
    if (this.flow === null || bytes !== this.flow.bytes || !expected || state !== "connected") {
      if (this.flow !== null && bytes > this.flow.bytes && state === "connected") this.calm();
      this.flow = { bytes, atMs };
    }
    if (this.isTooSoon(atMs)) return "fine";
    const inStateMs = atMs - this.stateSince.atMs;
    switch (state) {
      case "failed":
      case "closed":
        return "rebuild";
      case "disconnected":
        return inStateMs >= PATIENCE_MS.disconnected ? "rebuild" : "fine";
      case "new":
      case "connecting":
        return inStateMs >= PATIENCE_MS.connecting ? "rebuild" : "fine";
      case "connected":
        return this.judgeFlow(atMs);
    }
  }

  restarted(atMs: number): void {
    this.restartedAtMs = atMs;
  }

  /** A new transport takes the old one's place: it starts from nothing. */
  rebuilt(atMs: number): void {
    this.rebuiltAtMs = atMs;
    this.rebuilds += 1;
    this.stateSince = null;
    this.flow = null;
    this.restartedAtMs = null;
  }

  /** Time stood still (the computer slept): what was counted before says nothing. */
  woke(): void {
    this.stateSince = null;
    this.flow = null;
    this.restartedAtMs = null;
    this.rebuiltAtMs = null;
    this.rebuilds = 0;
  }

  private judgeFlow(atMs: number): Verdict {
    const stillMs = atMs - (this.flow?.atMs ?? atMs);
    if (stillMs < PATIENCE_MS.frozen) return "fine";
    if (this.restartedAtMs === null) return "restart";
    return atMs - this.restartedAtMs >= PATIENCE_MS.frozen ? "rebuild" : "fine";
  }

  private calm(): void {
    this.restartedAtMs = null;
    this.rebuilds = 0;
  }

  private isTooSoon(atMs: number): boolean {
    if (this.rebuiltAtMs === null || this.rebuilds < 2) return false;
    const pauseMs = Math.min(REBUILD_PAUSE_MAX_MS, REBUILD_PAUSE_MS * 2 ** (this.rebuilds - 2));
    return atMs - this.rebuiltAtMs < pauseMs;
  }
}

/** Notices that the computer slept: a clock that ticks once a second and then jumps. */
export class SleepWatch {
  private lastMs: number | null = null;

  /** gapMs  a longer pause than this between two ticks was a sleep; hidden pages may tick as seldom as once a second */
  constructor(private readonly gapMs = 6_000) {}

  tick(atMs: number): boolean {
    const slept = this.lastMs !== null && atMs - this.lastMs > this.gapMs;
    this.lastMs = atMs;
    return slept;
  }
}
