import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { Message } from "@/protocol/conversations";
import { message } from "@/protocol/fixtures";
import { ApiProblem } from "@/protocol/problem";

import { Uploads, type Batch, type SendOptions } from "./uploads";

let sent: SendOptions[] = [];
let thrownAway: string[] = [];
let posted: { batch: Batch; ids: string[] }[] = [];
let stored: Message[] = [];
let answer: () => Promise<Message> = () => Promise.resolve(message({ seq: 1, kind: "file" }));
let ids = 0;

function open(): Uploads {
  return new Uploads({
    personId: "anna",
    storage: localStorage,
    sender: () =>
      Promise.resolve({
        send: (options: SendOptions) => {
          sent.push(options);
          return { stop: () => undefined };
        },
        throwAway: (url: string) => thrownAway.push(url),
      }),
    post: (batch, uploadIds) => {
      posted.push({ batch, ids: uploadIds });
      return answer();
    },
    onStored: (row) => stored.push(row),
    newId: () => `id-${(ids += 1)}`,
    now: () => ids,
  });
}

const file = (name: string, size = 3) => new File(["x".repeat(size)], name, { lastModified: 7 });
const settle = () => vi.advanceTimersByTimeAsync(0);
const states = (uploads: Uploads) => uploads.batches.get().flatMap((batch) => batch.items.map((item) => item.state));

async function whole(options: SendOptions | undefined, url: string): Promise<void> {
  options?.onUrl(url);
  options?.onWhole();
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sent = [];
  thrownAway = [];
  posted = [];
  stored = [];
  ids = 0;
  answer = () => Promise.resolve(message({ seq: 1, kind: "file" }));
});
afterEach(() => vi.useRealTimers());

describe("files on their way (feature BEY-040)", () => {
  test("two go at a time, and all of them become one message", async () => {
    const uploads = open();
    uploads.add("c1", [file("a"), file("b"), file("c")], "caption", false);
    await settle();
    expect(sent.map((one) => one.file.name)).toEqual(["a", "b"]);
    await whole(sent[1], "/api/v1/uploads/u2");
    expect(sent.map((one) => one.file.name)).toEqual(["a", "b", "c"]);
    await whole(sent[0], "/api/v1/uploads/u1");
    expect(posted).toEqual([]);
    await whole(sent[2], "/api/v1/uploads/u3");
    expect(posted.map((one) => [one.batch.text, one.ids])).toEqual([["caption", ["u1", "u2", "u3"]]]);
    expect(stored).toHaveLength(1);
    expect(uploads.batches.get()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  test("more than a message carries becomes several", async () => {
    const uploads = open();
    uploads.add("c1", Array.from({ length: 45 }, (_, index) => file(`${index}`)), "caption", false);
    expect(uploads.batches.get().map((batch) => [batch.items.length, batch.text])).toEqual([
      [20, "caption"],
      [20, ""],
      [5, ""],
    ]);
    await settle();
    expect(sent).toHaveLength(2);
  });

  test("what is cancelled is thrown away on the server, and the rest is posted", async () => {
    const uploads = open();
    uploads.add("c1", [file("a"), file("b")], "", false);
    await settle();
    await whole(sent[0], "/api/v1/uploads/u1");
    sent[1]?.onUrl("/api/v1/uploads/u2");
    const batch = uploads.batches.get()[0];
    uploads.cancel(batch?.client_id ?? "", batch?.items[1]?.id ?? "");
    await settle();
    expect(thrownAway).toEqual(["/api/v1/uploads/u2"]);
    expect(posted.map((one) => one.ids)).toEqual([["u1"]]);
  });

  test("without an answer it waits and goes on by itself where it was", async () => {
    const uploads = open();
    uploads.add("c1", [file("a")], "", false);
    await settle();
    sent[0]?.onUrl("/api/v1/uploads/u1");
    sent[0]?.onError(null);
    expect(states(uploads)).toEqual(["paused"]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sent.map((one) => one.url)).toEqual([null, "/api/v1/uploads/u1"]);
  });

  test("a line that dies without a word is given up, and tried again", async () => {
    const uploads = open();
    uploads.add("c1", [file("a")], "", false);
    await settle();
    sent[0]?.onUrl("/api/v1/uploads/u1");
    await vi.advanceTimersByTimeAsync(44_000);
    sent[0]?.onProgress(1);
    await vi.advanceTimersByTimeAsync(44_000);
    expect(states(uploads)).toEqual(["sending"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(states(uploads)).toEqual(["paused"]);
    uploads.resume();
    await settle();
    expect(sent).toHaveLength(2);
    uploads.pause();
    expect(states(uploads)).toEqual(["paused"]);
  });

  test("a refusal is told and tried again only when asked", async () => {
    const uploads = open();
    uploads.add("c1", [file("a")], "", false);
    await settle();
    sent[0]?.onError(new ApiProblem("conversations.person_quota", 413, "Enough."));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(uploads.batches.get()[0]?.items[0]).toMatchObject({ state: "failed", refusal: "Enough." });
    expect(sent).toHaveLength(1);
    const batch = uploads.batches.get()[0];
    uploads.retry(batch?.client_id ?? "", batch?.items[0]?.id ?? "");
    await settle();
    expect(sent).toHaveLength(2);
  });

  test("a page loaded anew needs the same file once more, and no other", async () => {
    const before = open();
    before.add("c1", [file("a"), file("b")], "", false);
    await settle();
    await whole(sent[0], "/api/v1/uploads/u1");
    sent[1]?.onUrl("/api/v1/uploads/u2");
    before.stop();
    const after = open();
    expect(states(after)).toEqual(["whole", "lost"]);
    const batch = after.batches.get()[0];
    const [clientId, itemId] = [batch?.client_id ?? "", batch?.items[1]?.id ?? ""];
    expect(after.give(clientId, itemId, file("b", 4))).toBe(false);
    expect(after.give(clientId, itemId, file("b"))).toBe(true);
    await settle();
    expect(sent.at(-1)?.url).toBe("/api/v1/uploads/u2");
    await whole(sent.at(-1), "/api/v1/uploads/u2");
    expect(posted.map((one) => one.ids)).toEqual([["u1", "u2"]]);
  });

  test("what was whole before the page went is posted by the next one", async () => {
    answer = () => Promise.reject(new ApiProblem("network.unreachable", 0, ""));
    const before = open();
    before.add("c1", [file("a")], "", false);
    await settle();
    await whole(sent[0], "/api/v1/uploads/u1");
    before.stop();
    answer = () => Promise.resolve(message({ seq: 1, kind: "file" }));
    const after = open();
    after.start();
    await settle();
    expect(stored).toHaveLength(1);
    expect(after.batches.get()).toEqual([]);
  });
});
