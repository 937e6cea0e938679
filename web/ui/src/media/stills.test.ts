import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { conferenceDoors } from "@/protocol/conferences";

import { GIVEN_WITHIN_MS, Stills } from "./stills";

type Hear = (event: Record<string, unknown>) => void;

const track = {} as MediaStreamTrack;
const picture = new Blob(["picture"]);

/** A page in call "c" with what it hears by name. */
function page(camera: MediaStreamTrack | null = track, draw = () => Promise.resolve<Blob | null>(picture)) {
  const heard: Record<string, Hear> = {};
  const on = (name: string, hear: Hear) => {
    heard[name] = hear;
    return () => undefined;
  };
  const stills = new Stills({ on: on as never }, () => camera, "token of a guest", draw);
  stills.listen((conferenceId) => conferenceId === "c");
  return { stills, hear: (name: string, event: Record<string, unknown>) => heard[name]?.(event) };
}

describe("a picture of somebody's camera", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("is asked for and comes", async () => {
    const ask = vi.spyOn(conferenceDoors, "askForFrame").mockResolvedValue(undefined);
    const { stills, hear } = page();
    const asked = stills.ask("c", "p");
    const askId = ask.mock.calls[0]?.[2] ?? "";
    hear("frame:given", { conference_id: "c", ask_id: "somebody else's" });
    hear("frame:given", { conference_id: "c", ask_id: askId });
    expect(await asked).toBe(askId);
  });

  it("is given up when it does not come, and at once when nobody can be asked", async () => {
    const ask = vi.spyOn(conferenceDoors, "askForFrame").mockResolvedValue(undefined);
    const { stills } = page();
    const asked = stills.ask("c", "p");
    await vi.advanceTimersByTimeAsync(GIVEN_WITHIN_MS);
    expect(await asked).toBeNull();
    ask.mockRejectedValue(new Error("404"));
    expect(await stills.ask("c", "p")).toBeNull();
  });

  it("is given when the call asks, one at a time, and not to another call", async () => {
    const give = vi.spyOn(conferenceDoors, "giveFrame").mockResolvedValue(undefined);
    const { hear } = page();
    hear("frame:wanted", { conference_id: "another", asked_by: "p", ask_id: "0" });
    hear("frame:wanted", { conference_id: "c", asked_by: "p", ask_id: "1" });
    hear("frame:wanted", { conference_id: "c", asked_by: "p", ask_id: "2" });
    await vi.advanceTimersByTimeAsync(0);
    expect(give.mock.calls).toEqual([["c", "p", "1", picture, "token of a guest"]]);
    hear("frame:wanted", { conference_id: "c", asked_by: "q", ask_id: "3" });
    await vi.advanceTimersByTimeAsync(0);
    expect(give).toHaveBeenCalledTimes(2);
  });

  it("is not given without a camera or a picture of it", async () => {
    const give = vi.spyOn(conferenceDoors, "giveFrame").mockResolvedValue(undefined);
    page(null).hear("frame:wanted", { conference_id: "c", asked_by: "p", ask_id: "1" });
    page(track, () => Promise.resolve(null)).hear("frame:wanted", { conference_id: "c", asked_by: "p", ask_id: "1" });
    await vi.advanceTimersByTimeAsync(0);
    expect(give).not.toHaveBeenCalled();
  });
});
