// @vitest-environment node
import { describe, expect, test } from "vitest";

import type { OutboxEntry } from "@/protocol/outbox";
import { ANNA, BOLEK, message } from "@/protocol/fixtures";

import { buildRows } from "./rows";

const DAY_MS = 86_400_000;
const dayKey = (ms: number) => String(Math.floor(ms / DAY_MS));
const own = { id: ANNA, kind: "person", name: "Anna", avatar_url: null };

function entry(fields: Partial<OutboxEntry> = {}): OutboxEntry {
  return { client_id: "client-1", conversation_id: "c1", text: "hello", created_at_ms: 0, state: "queued", refusal: null, ...fields };
}

function types(options: Partial<Parameters<typeof buildRows>[0]>): string[] {
  return buildRows({ messages: [], pending: [], selfId: ANNA, newAfterSeq: null, dayKey, ...options }).map((row) => row.type);
}

describe("the rows of a thread (feature CONF-009)", () => {
  test("each day begins with its line", () => {
    const messages = [message({ seq: 1 }), message({ seq: 2, created_at_ms: DAY_MS })];
    expect(types({ messages })).toEqual(["day", "message", "day", "message"]);
  });

  test("messages of one author within five minutes are one run", () => {
    const messages = [message({ seq: 1 }), message({ seq: 2 }), message({ seq: 3, author: own }), message({ seq: 4, author: own, created_at_ms: 400_000 })];
    const rows = buildRows({ messages, pending: [], selfId: ANNA, newAfterSeq: null, dayKey });
    expect(rows.flatMap((row) => (row.type === "message" ? [[row.isFirst, row.isLast]] : []))).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  test("the line of what is new stands before the first message of somebody else", () => {
    const messages = [message({ seq: 1 }), message({ seq: 2, author: own }), message({ seq: 3, kind: "system" }), message({ seq: 4 })];
    expect(types({ messages, newAfterSeq: 1 })).toEqual(["day", "message", "message", "system", "new", "message"]);
  });

  test("nothing new draws no line", () => {
    expect(types({ messages: [message({ seq: 1 })], newAfterSeq: 1 })).toEqual(["day", "message"]);
  });

  test("what is on its way stands at the end until it is stored", () => {
    const messages = [message({ seq: 1 })];
    expect(types({ messages, pending: [entry()] })).toEqual(["day", "message", "pending"]);
    const stored = [...messages, message({ seq: 2, author: own, client_id: "client-1" })];
    expect(types({ messages: stored, pending: [entry()] })).toEqual(["day", "message", "message"]);
  });
});

test("a call is told in a line of its own", () => {
  const author = { id: BOLEK, kind: "person", name: "Bolek", avatar_url: null };
  expect(types({ messages: [message({ seq: 1, kind: "call", author, body: { code: "call.started" } })] })).toEqual(["day", "system"]);
});

test("files stand in the run of their author, count as new, and those on their way come last", () => {
  const messages = [message({ seq: 1 }), message({ seq: 2, kind: "file", text: "" }), message({ seq: 3, author: own, client_id: "b1" })];
  expect(types({ messages, newAfterSeq: 1 })).toEqual(["day", "message", "new", "message", "message"]);
  const batch = { client_id: "b2", conversation_id: "c1", text: "", keeps_position: false, created_at_ms: 0, items: [], refusal: null };
  expect(types({ messages, uploads: [batch, { ...batch, client_id: "b1" }] })).toEqual(["day", "message", "message", "message", "upload"]);
});
