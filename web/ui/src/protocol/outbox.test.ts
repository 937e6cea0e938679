import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Message } from "./conversations";
import { message } from "./fixtures";
import { Outbox, type Send } from "./outbox";
import { ApiProblem } from "./problem";

const lost = () => Promise.reject(new ApiProblem("network.unreachable", 0, ""));
let stored: Message[] = [];
let ids = 0;

function open(send: Send): Outbox {
  return new Outbox({
    personId: "anna",
    storage: localStorage,
    send,
    onStored: (row) => stored.push(row),
    newId: () => `client-${(ids += 1)}`,
    now: () => ids,
  });
}

const accept: Send = (entry) => Promise.resolve(message({ seq: 1, client_id: entry.client_id, text: entry.text }));

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  stored = [];
  ids = 0;
});
afterEach(() => vi.useRealTimers());

test("a message is sent and leaves the outbox", async () => {
  const outbox = open(accept);
  outbox.put("c1", "hello");
  await vi.runAllTimersAsync();
  expect(stored.map((row) => row.text)).toEqual(["hello"]);
  expect(outbox.list).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

test("while offline it stays queued, and goes out once under the same id when the network is back", async () => {
  const send = vi.fn<Send>(lost);
  const outbox = open(send);
  outbox.put("c1", "hello");
  await vi.advanceTimersByTimeAsync(10);
  expect(outbox.list).toMatchObject([{ text: "hello", state: "queued" }]);
  send.mockImplementation(accept);
  await outbox.flush();
  expect(stored).toHaveLength(1);
  expect(new Set(send.mock.calls.map(([entry]) => entry.client_id)).size).toBe(1);
});

test("it tries again by itself, ever more slowly", async () => {
  const send = vi.fn<Send>(lost);
  open(send).put("c1", "hello");
  await vi.advanceTimersByTimeAsync(1_000 + 2_000 + 4_000 + 10);
  expect(send).toHaveBeenCalledTimes(4);
});

test("messages go out in the order they were written", async () => {
  const send = vi.fn<Send>(lost);
  const outbox = open(send);
  outbox.put("c1", "one");
  outbox.put("c1", "two");
  await vi.advanceTimersByTimeAsync(10);
  send.mockImplementation(accept);
  await outbox.flush();
  expect(stored.map((row) => row.text)).toEqual(["one", "two"]);
});

test("a reload keeps what was not stored", async () => {
  open(lost).put("c1", "hello");
  await vi.advanceTimersByTimeAsync(10);
  const outbox = open(accept);
  expect(outbox.list).toMatchObject([{ text: "hello", state: "queued" }]);
  await outbox.flush();
  expect(stored).toHaveLength(1);
});

test("another person's outbox is not touched", () => {
  localStorage.setItem("centrala.outbox.bolek.x", "{}");
  expect(open(accept).list).toEqual([]);
});

test("a refusal is shown with its sentence until retried or discarded, and does not hold up the next", async () => {
  const send = vi.fn<Send>(accept);
  send.mockRejectedValueOnce(new ApiProblem("conversations.not_found", 404, "No such conversation."));
  const outbox = open(send);
  outbox.put("c1", "one");
  outbox.put("c2", "two");
  await vi.advanceTimersByTimeAsync(10);
  expect(outbox.list).toMatchObject([{ text: "one", state: "failed", refusal: "No such conversation." }]);
  expect(stored.map((row) => row.text)).toEqual(["two"]);
  outbox.retry("client-1");
  await vi.advanceTimersByTimeAsync(10);
  expect(outbox.list).toEqual([]);
});

test("a limit is obeyed: the next try waits as long as the server says", async () => {
  const send = vi.fn<Send>(accept);
  send.mockRejectedValueOnce(new ApiProblem("core.too_many", 429, "", [], 7));
  open(send).put("c1", "hello");
  await vi.advanceTimersByTimeAsync(6_900);
  expect(send).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(stored).toHaveLength(1);
});

test("what another tab stored is forgotten here", async () => {
  const outbox = open(lost);
  outbox.put("c1", "hello");
  await vi.advanceTimersByTimeAsync(10);
  outbox.forgetKey("centrala.outbox.anna.client-1");
  expect(outbox.list).toEqual([]);
});

test("signing out leaves nothing behind", async () => {
  const outbox = open(lost);
  outbox.put("c1", "hello");
  await vi.advanceTimersByTimeAsync(10);
  outbox.clear();
  expect(localStorage).toHaveLength(0);
});
