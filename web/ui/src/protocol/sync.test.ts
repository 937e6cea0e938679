// @vitest-environment node
import { expect, test } from "vitest";

import { EventLog } from "./eventlog";
import { message } from "./fixtures";
import { Revisions } from "./revisions";

test("an event that is the next one leaves no hole", () => {
  const revisions = new Revisions();
  revisions.reached("c1", 4);
  expect(revisions.see("c1", 5)).toBeNull();
  expect(revisions.get("c1")).toBe(5);
});

test("an event beyond the next one names the rev to ask from", () => {
  const revisions = new Revisions();
  revisions.reached("c1", 4);
  expect(revisions.see("c1", 7)).toBe(4);
  expect(revisions.get("c1")).toBe(4);
});

test("old events and unknown conversations are no holes", () => {
  const revisions = new Revisions();
  revisions.reached("c1", 4);
  revisions.reached("c1", 2);
  expect(revisions.see("c1", 3)).toBeNull();
  expect(revisions.see("c2", 9)).toBeNull();
});

test("the log gives back what came after a mark", () => {
  const log = new EventLog<{ type: string }>();
  const update = (seq: number) => ({ type: "message" as const, conversation_id: "c1", rev: seq, message: message({ seq }) });
  log.add(update(1));
  const mark = log.mark();
  log.add(update(2));
  expect(log.since(mark)).toEqual([update(2)]);
});

test("the log forgets the oldest, and marks stay true", () => {
  const log = new EventLog<{ type: string }>();
  const update = (seq: number) => ({ type: "message" as const, conversation_id: "c1", rev: seq, message: message({ seq }) });
  for (let seq = 0; seq < 1_500; seq += 1) log.add(update(seq));
  const mark = log.mark();
  log.add(update(9_999));
  expect(log.since(mark)).toEqual([update(9_999)]);
  expect(log.since(0)).toHaveLength(1_000);
});
