/**
 * Plays the tracks of a recording together.
 *
 * How it works: one clock is the recording's position. Ten times a second every element is looked at: one outside its
 * track is paused, one that is off by more than a jump is put into place, one that is off by less is played faster or slower,
 * the more the further it is off, until it fits; pictures may do so more than sound, where it would be heard. As long as an element that should play has nothing to play, the clock stands.
 */
import { Observable } from "@/protocol/observable";

import { placeIn, type RecordedTrack } from "./recording";

export interface Playing {
  positionS: number;
  isPlaying: boolean;
  /** Waiting for data. */
  isHeld: boolean;
  rate: number;
}

type Element = Pick<HTMLMediaElement, "currentTime" | "playbackRate" | "readyState" | "paused" | "seeking" | "play" | "pause">;

const LOOK_MS = 100;
const JUMP_S = 0.25;
const FINE_S = 0.01;
/** What is off is caught up in about this time, as far as the most that is bearable lets it. */
const CATCH_UP_S = 0.6;
const MOST_NUDGE: Readonly<Record<RecordedTrack["kind"], number>> = { audio: 0.08, video: 0.25 };
/** Smaller changes of the speed are not worth the disturbance. */
const NUDGE_STEP = 0.01;
/** HAVE_FUTURE_DATA */
const ENOUGH = 3;

export class Conductor {
  readonly state: Observable<Playing>;
  private readonly elements = new Map<string, { track: RecordedTrack; element: Element }>();
  private lastMs = 0;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly durationS: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.state = new Observable<Playing>({ positionS: 0, isPlaying: false, isHeld: false, rate: 1 });
  }

  start(): void {
    this.lastMs = this.now();
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    for (const { element } of this.elements.values()) element.pause();
  }

  add(track: RecordedTrack, element: Element): () => void {
    this.elements.set(track.file_id, { track, element });
    return () => void this.elements.delete(track.file_id);
  }

  play(): void {
    const { positionS } = this.state.get();
    this.lastMs = this.now();
    this.state.change((state) => ({ ...state, isPlaying: true, positionS: positionS >= this.durationS - 0.05 ? 0 : positionS }));
    this.look();
  }

  pause(): void {
    this.state.change((state) => ({ ...state, isPlaying: false, isHeld: false }));
    this.look();
  }

  seek(positionS: number): void {
    this.lastMs = this.now();
    this.state.change((state) => ({ ...state, positionS: Math.min(Math.max(0, positionS), this.durationS) }));
    this.look();
  }

  setRate(rate: number): void {
    this.state.change((state) => ({ ...state, rate }));
    this.look();
  }

  /** Move the clock, and every element to where the clock is. */
  look(): void {
    const nowMs = this.now();
    const passedS = (nowMs - this.lastMs) / 1000;
    this.lastMs = nowMs;
    const before = this.state.get();
    const isHeld = before.isPlaying && [...this.elements.values()].some((one) => this.lacks(one.track, one.element, before.positionS));
    let positionS = before.isPlaying && !isHeld ? before.positionS + passedS * before.rate : before.positionS;
    let { isPlaying } = before;
    if (positionS >= this.durationS) {
      positionS = this.durationS;
      isPlaying = false;
    }
    for (const { track, element } of this.elements.values()) this.place(track, element, positionS, isPlaying && !isHeld, !isPlaying, before.rate);
    if (positionS !== before.positionS || isPlaying !== before.isPlaying || isHeld !== before.isHeld)
      this.state.change((state) => ({ ...state, positionS, isPlaying, isHeld }));
  }

  private lacks(track: RecordedTrack, element: Element, positionS: number): boolean {
    const place = placeIn(track, positionS);
    // Its last moments may not be there: a file ends with a frame, not with its time.
    return place !== null && track.end_ms / 1000 - positionS > 1 && (element.seeking || element.readyState < ENOUGH);
  }

  private place(track: RecordedTrack, element: Element, positionS: number, plays: boolean, isStill: boolean, rate: number): void {
    const place = placeIn(track, positionS);
    if (place === null) {
      if (!element.paused) element.pause();
      return;
    }
    const late = place - element.currentTime;
    // While one waits for data, the others are not set: that would make them wait as well.
    if (!element.seeking && (Math.abs(late) > JUMP_S * Math.max(1, rate) || (isStill && Math.abs(late) > FINE_S))) element.currentTime = place;
    const most = MOST_NUDGE[track.kind];
    const nudge = Math.abs(late) > FINE_S ? Math.min(most, Math.max(-most, late / CATCH_UP_S)) : 0;
    const wanted = rate * (1 + nudge);
    if (nudge === 0 ? element.playbackRate !== rate : Math.abs(element.playbackRate - wanted) >= NUDGE_STEP) element.playbackRate = wanted;
    if (plays && element.paused) void element.play().catch(() => undefined);
    else if (!plays && !element.paused) element.pause();
  }
}
