/** Carries out that the line is spared: nothing is watched, and one's own camera rests until pictures are back. */
import type { Capture } from "@/media/capture/capture";
import type { PausedPictures } from "@/media/peer/receiving";
import { Observable } from "@/protocol/observable";

import { NO_THRIFT, Thrift, type ThriftState } from "./thrift";
import type { Watching } from "./watching";

export class Sparing {
  readonly state = new Observable(NO_THRIFT);
  private readonly thrift = new Thrift();
  private cameraBefore = false;

  constructor(
    private readonly capture: Capture,
    private readonly watching: Watching,
    private readonly now: () => number,
  ) {}

  /** The person wants sound alone, or pictures too. */
  press(): void {
    this.take(this.thrift.press(this.state.get(), this.now()));
  }

  /** Whether the person wants the camera, which may rest for now. */
  get wantsCamera(): boolean {
    return this.capture.camera.get().wanted || (this.state.get().on && this.cameraBefore);
  }

  /** Look at the line; called once a second of a call. */
  tick(paused: PausedPictures): void {
    this.take(this.thrift.tick(this.state.get(), this.now(), this.watching.judge(paused)));
  }

  private take(next: ThriftState): void {
    const before = this.state.get();
    this.state.set(next);
    if (next.on === before.on) return;
    this.watching.rest(next.on);
    if (next.on) this.cameraBefore = this.capture.camera.get().wanted;
    if (this.cameraBefore) void this.capture.setCamera(!next.on);
  }
}
