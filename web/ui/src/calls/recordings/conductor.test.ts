import { describe, expect, it } from "vitest";

import { Conductor } from "./conductor";
import { placeIn, type RecordedTrack, showsPicture } from "./recording";

const track = (file_id: string, start_ms: number, end_ms: number): RecordedTrack => ({
  file_id,
  participant_id: file_id,
  name: file_id,
  guest: false,
  source: "microphone",
  kind: "audio",
  start_ms,
  end_ms,
});

class Stand {
  currentTime = 0;
  playbackRate = 1;
  readyState = 4;
  paused = true;
  seeking = false;
  play() {
    this.paused = false;
    return Promise.resolve();
  }
  pause() {
    this.paused = true;
  }
}

describe("the tracks of a recording", () => {
  it("are placed on one clock", () => {
    expect(placeIn(track("a", 2_000, 5_000), 1.5)).toBeNull();
    expect(placeIn(track("a", 2_000, 5_000), 3.25)).toBeCloseTo(1.25);
    expect(placeIn(track("a", 2_000, 5_000), 5)).toBeNull();
  });

  it("show no picture that is none any more, from the moment the camera went off", () => {
    const camera: RecordedTrack = { ...track("a", 2_000, 20_000), source: "camera", kind: "video", off_ms: [[5_000, 9_000]] };
    const shown = (positionS: number) => showsPicture(camera, positionS);
    expect([1.9, 2, 5.2, 5.4, 8.9, 9, 19.9, 20].map(shown)).toEqual([false, true, true, false, false, true, true, false]);
    expect(showsPicture(track("a", 2_000, 20_000), 6)).toBe(true);
  });

  it("begin, jump and end together", () => {
    let now = 0;
    const conductor = new Conductor(10, () => now);
    const [first, late] = [new Stand(), new Stand()];
    conductor.add(track("a", 0, 10_000), first);
    conductor.add(track("b", 4_000, 8_000), late);
    conductor.play();
    expect([first.paused, late.paused]).toEqual([false, true]);
    conductor.seek(5);
    expect([first.currentTime, late.currentTime, late.paused]).toEqual([5, 1, false]);
    conductor.seek(9);
    expect(late.paused).toBe(true);
    now += 2_000;
    conductor.look();
    expect(conductor.state.get()).toMatchObject({ positionS: 10, isPlaying: false });
    expect(first.paused).toBe(true);
  });

  it("wait for the one that has nothing to play, and catch up gently", () => {
    let now = 0;
    const conductor = new Conductor(60, () => now);
    const [first, slow] = [new Stand(), new Stand()];
    conductor.add(track("a", 0, 60_000), first);
    conductor.add(track("b", 0, 60_000), slow);
    conductor.play();
    slow.readyState = 1;
    now += 1_000;
    conductor.look();
    expect(conductor.state.get()).toMatchObject({ positionS: 0, isHeld: true });
    expect(first.paused).toBe(true);
    slow.readyState = 4;
    now += 200;
    conductor.look();
    first.currentTime = 0.1;
    conductor.look();
    expect(first.playbackRate).toBeGreaterThan(1);
    expect(conductor.state.get().isHeld).toBe(false);
  });

  it("fit within 30 ms one second after a picture and half a second more after a sound began 120 ms late", () => {
    let now = 0;
    const conductor = new Conductor(60, () => now);
    const [sound, picture] = [new Stand(), new Stand()];
    conductor.add(track("a", 0, 60_000), sound);
    conductor.add({ ...track("b", 0, 60_000), kind: "video" }, picture);
    conductor.play();
    const off: Record<number, [number, number]> = {};
    sound.currentTime = picture.currentTime = -0.12;
    for (; now <= 1_500; ) {
      now += 100;
      for (const one of [sound, picture]) one.currentTime += 0.1 * one.playbackRate;
      conductor.look();
      const { positionS } = conductor.state.get();
      off[now] = [Math.abs(positionS - sound.currentTime), Math.abs(positionS - picture.currentTime)];
      for (const one of [sound, picture]) expect(Math.abs(one.playbackRate - 1)).toBeLessThanOrEqual(one === sound ? 0.081 : 0.251);
    }
    expect(off[1_000]?.[1]).toBeLessThan(0.03);
    expect(off[1_500]?.[0]).toBeLessThan(0.03);
  });
});
