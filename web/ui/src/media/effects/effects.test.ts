import { describe, expect, it, vi } from "vitest";

import type { Captured } from "@/media/capture/capture";
import { Observable } from "@/protocol/observable";

import { Effect, type Effected, Effects, isWeakDevice, type StartEffect } from "./effects";

const track = (name: string) => ({ name }) as unknown as MediaStreamTrack;
const captured = (one: MediaStreamTrack | null): Captured => ({ wanted: true, starting: false, track: one, problem: null });
const settle = () => new Promise((resolve) => setTimeout(resolve));

function stage(hides: boolean) {
  const camera = new Observable<Captured>(captured(track("first")));
  const made: { effected: Effected; source: MediaStreamTrack; fail: () => void }[] = [];
  const start = vi.fn<StartEffect>((source, fail) => {
    const effected = { track: track(`changed ${(source as unknown as { name: string }).name}`), stop: vi.fn() };
    made.push({ effected, source, fail });
    return Promise.resolve(effected);
  });
  return { camera, made, start, effect: new Effect(camera, () => Promise.resolve(start), hides) };
}

describe("an effect", () => {
  it("is off at first, and then sends what was captured", () => {
    const { camera, effect, start } = stage(true);
    expect([effect.state.get(), effect.sent.get()]).toEqual(["off", camera.get().track]);
    expect(start).not.toHaveBeenCalled();
  });

  it("sends no picture until the changed one is there", async () => {
    const { effect, made } = stage(true);
    effect.set(true);
    expect([effect.state.get(), effect.sent.get()]).toEqual(["starting", null]);
    await settle();
    expect([effect.state.get(), effect.sent.get()]).toEqual(["on", made[0]?.effected.track]);
  });

  it("lets sound through meanwhile", () => {
    const { camera, effect } = stage(false);
    effect.set(true);
    expect(effect.sent.get()).toBe(camera.get().track);
  });

  it("goes on with another device, and rests without one", async () => {
    const { camera, effect, made } = stage(true);
    effect.set(true);
    await settle();
    camera.set(captured(track("second")));
    expect([effect.state.get(), effect.sent.get()]).toEqual(["starting", null]);
    expect(made[0]?.effected.stop).toHaveBeenCalledOnce();
    await settle();
    expect(effect.sent.get()).toBe(made[1]?.effected.track);
    camera.set(captured(null));
    expect([effect.isOn, effect.sent.get()]).toEqual([true, null]);
    expect(made[1]?.effected.stop).toHaveBeenCalledOnce();
  });

  it("is not begun twice by a mute", async () => {
    const { camera, effect, start } = stage(false);
    effect.set(true);
    await settle();
    camera.change((state) => ({ ...state, wanted: false }));
    await settle();
    expect(start).toHaveBeenCalledOnce();
  });

  it("that comes too late is let go", async () => {
    const { effect, made, camera } = stage(true);
    effect.set(true);
    effect.set(false);
    await settle();
    expect(effect.sent.get()).toBe(camera.get().track);
    for (const one of made) expect(one.effected.stop).toHaveBeenCalledOnce();
  });

  it("that breaks down shows nobody's room", async () => {
    const { effect, made } = stage(true);
    effect.set(true);
    await settle();
    made[0]?.fail();
    expect([effect.state.get(), effect.sent.get()]).toEqual(["failed", null]);
    expect(made[0]?.effected.stop).toHaveBeenCalledOnce();
  });

  it("that breaks down leaves the sound", async () => {
    const { camera, effect } = stage(false);
    effect.set(true);
    await settle();
    effect.set(false);
    expect(effect.sent.get()).toBe(camera.get().track);
  });
});

describe("a weak device", () => {
  it("has few cores or little memory", () => {
    expect(isWeakDevice({ hardwareConcurrency: 2, deviceMemory: 8 })).toBe(true);
    expect(isWeakDevice({ hardwareConcurrency: 8, deviceMemory: 1 })).toBe(true);
    expect(isWeakDevice({ hardwareConcurrency: 8, deviceMemory: 8 })).toBe(false);
    expect(isWeakDevice({})).toBe(false);
  });
});

describe("the effects of a call", () => {
  const capture = () => ({
    microphone: new Observable<Captured>(captured(null)),
    camera: new Observable<Captured>(captured(null)),
    setCamera: vi.fn(() => Promise.resolve()),
  });

  it("are those tried before it, whatever was remembered and however weak the device", () => {
    localStorage.setItem("centrala.effects", JSON.stringify(["noise"]));
    expect(new Effects(capture(), ["blur"]).chosen).toEqual(["blur"]);
    expect(new Effects(capture(), []).chosen).toEqual([]);
    localStorage.clear();
  });
});
