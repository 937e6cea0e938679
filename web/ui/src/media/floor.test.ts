import { describe, expect, it } from "vitest";

import type { Signalling } from "@/media/peer/signalling";

import { Floor } from "./floor";

type On = Pick<Signalling, "command" | "hint" | "on">;

describe("who hears a call without being in it", () => {
  const heard = new Map<string, (payload: unknown) => void>();
  const signalling = {
    on: (name: string, hear: (payload: unknown) => void) => {
      heard.set(name, hear);
      return () => heard.delete(name);
    },
  } as unknown as On;
  const floor = new Floor(signalling, () => "c");
  floor.listen((conferenceId) => conferenceId === "c");
  const tell = (conference_id: string, ...names: string[]) =>
    heard.get("conference:supervised")?.({ conference_id, supervisors: names.map((name) => ({ name, whispers: false })) });

  it("is the whole list of the last event of this call", () => {
    tell("c", "Ada", "Ewa");
    tell("another", "Zoe");
    expect(floor.supervisors.get().map(({ name }) => name)).toEqual(["Ada", "Ewa"]);
    tell("c");
    expect(floor.supervisors.get()).toEqual([]);
  });
});
