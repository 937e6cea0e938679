import { describe, expect, it } from "vitest";

import { Queue } from "@/media/peer/queue";

import { claimSeatmark, readSeatmark, writeSeatmark } from "./instance";

describe("what a tab remembers over a reload", () => {
  it("is the same instance and conference", async () => {
    const first = await claimSeatmark("c1");
    writeSeatmark("c1", { ...first, conferenceId: "k1" });
    expect(await claimSeatmark("c1", true)).toEqual({ instanceId: first.instanceId, conferenceId: "k1" });
    expect(await claimSeatmark("c1", false)).toEqual({ instanceId: first.instanceId, conferenceId: null });
    expect((await claimSeatmark("c2")).instanceId).not.toBe(first.instanceId);
  });

  it("is nothing when damaged", () => {
    const storage = { getItem: () => "{oops", setItem: () => undefined, removeItem: () => undefined };
    expect(readSeatmark("c1", storage)).toBeNull();
  });
});

describe("a queue", () => {
  it("runs one thing after another, also after a failure", async () => {
    const queue = new Queue();
    const seen: string[] = [];
    const slow = queue.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push("slow");
      throw new Error("no");
    });
    const next = queue.run(() => Promise.resolve(seen.push("next")));
    await expect(slow).rejects.toThrow("no");
    await next;
    expect(seen).toEqual(["slow", "next"]);
  });
});
