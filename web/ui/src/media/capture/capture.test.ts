import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Capture, isAnnounced, isSending, nameProblem } from "./capture";
import { Devices } from "./devices";

describe("why a device cannot be used", () => {
  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"],
    ["NotReadableError", "busy"],
    ["SomethingElse", "failed"],
  ])("%s is %s", (name, problem) => {
    expect(nameProblem(new DOMException("", name))).toBe(problem);
  });

  it("takes anything thrown", () => {
    expect(nameProblem(undefined)).toBe("failed");
  });
});

describe("what others are told", () => {
  const live = { readyState: "live" } as MediaStreamTrack;
  const over = { readyState: "ended" } as MediaStreamTrack;

  it("is on while the browser still asks", () => {
    const asking = { wanted: true, starting: true, track: null, problem: null };
    expect([isAnnounced(asking), isSending(asking)]).toEqual([true, false]);
  });

  it("is off when muted, refused or ended", () => {
    expect(isAnnounced({ wanted: false, starting: false, track: live, problem: null })).toBe(false);
    expect(isAnnounced({ wanted: true, starting: false, track: null, problem: "denied" })).toBe(false);
    expect(isAnnounced({ wanted: true, starting: false, track: over, problem: null })).toBe(false);
    expect(isAnnounced({ wanted: true, starting: false, track: live, problem: null })).toBe(true);
  });
});

describe("a camera that went away", () => {
  class FakeTrack extends EventTarget {
    readyState = "live";
    enabled = true;
    stop = () => void (this.readyState = "ended");
    getSettings = () => ({ deviceId: "one" });
  }
  const media = new EventTarget() as EventTarget & Record<string, unknown>;
  let refuse: string | null;
  let asked: number;

  beforeEach(() => {
    vi.useFakeTimers();
    [refuse, asked] = [null, 0];
    media.enumerateDevices = () => Promise.resolve([{ kind: "videoinput", deviceId: "one", label: "One" }]);
    media.getUserMedia = () => {
      asked += 1;
      if (refuse !== null) return Promise.reject(new DOMException("", refuse));
      const track = new FakeTrack();
      return Promise.resolve({ getTracks: () => [track], getVideoTracks: () => [track], getAudioTracks: () => [] });
    };
    vi.stubGlobal("navigator", { mediaDevices: media });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  async function lost(problem: string): Promise<Capture> {
    const capture = new Capture(new Devices());
    await capture.start({ audio: false, video: true });
    refuse = problem;
    const { track } = capture.camera.get();
    track!.stop();
    track!.dispatchEvent(new Event("ended"));
    await vi.advanceTimersByTimeAsync(10);
    return capture;
  }

  it.each(["NotReadableError", "AbortError", "NotFoundError"])("and cannot be opened for a while (%s) is taken again, and others are told nothing in vain", async (problem) => {
    const capture = await lost(problem);
    const told: boolean[] = [];
    capture.camera.subscribe(() => told.push(isAnnounced(capture.camera.get())));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(isSending(capture.camera.get())).toBe(false);
    expect(told).not.toContain(true);
    refuse = null;
    await vi.advanceTimersByTimeAsync(8_100);
    expect(isSending(capture.camera.get())).toBe(true);
    const before = asked;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(before);
  });

  it("is not asked for again once somebody said no, switched it off or left", async () => {
    await lost("NotAllowedError");
    let before = asked;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(before);
    refuse = null;
    const capture = await lost("NotReadableError");
    await capture.setCamera(false);
    before = asked;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(before);
    capture.stop();
  });
});
