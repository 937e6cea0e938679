import type { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { startLive, type FakeSocket } from "@/base/fixtures";
import type { Live } from "@/base/live";
import { conversationDoors, type Changes, type Conversation } from "@/protocol/conversations";
import { ANNA, BOLEK, conversation, mark, message } from "@/protocol/fixtures";
import type { MessageWindow } from "@/protocol/messages";
import { ApiProblem } from "@/protocol/problem";

import type { ConversationList } from "./applying";
import { ConversationsFeed } from "./feed";
import { keys } from "./keys";
import { api } from "./rest";

let cache: QueryClient;
let socket: FakeSocket;
let live: Live;
let feed: ConversationsFeed;

function list(): Conversation[] {
  return cache.getQueryData<ConversationList>(keys.conversations("direct"))?.items ?? [];
}
function shown(): number[] {
  return (cache.getQueryData<MessageWindow>(keys.messages("c1"))?.items ?? []).map((row) => row.seq);
}
const posted = (seq: number, fields: object = {}) => ({ conversation_id: "c1", rev: seq, message: message({ seq, ...fields }) });

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  ({ cache, socket, live } = startLive(ConversationsFeed));
  feed = live.feed(ConversationsFeed);
  const before = conversation({ seq: 1, rev: 1, last_message: message({ seq: 1 }), unread: 1, marks: [mark(ANNA, { unread: 1 }), mark(BOLEK)] });
  cache.setQueryData<ConversationList>(keys.conversations("direct"), { section: "direct", items: [before], next: null });
  cache.setQueryData<MessageWindow>(keys.messages("c1"), { conversationId: "c1", items: [message({ seq: 1 })], hasOlder: false, hasNewer: false });
  feed.follow(before);
});
afterEach(() => {
  live.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("an event reaches the list and the messages", () => {
  socket.tell("message:posted", posted(2));
  expect(shown()).toEqual([1, 2]);
  expect(list()[0]).toMatchObject({ seq: 2, unread: 2 });
});

test("a hole is filled by asking from the last rev known", async () => {
  const changes: Changes = { items: [2, 3].map((seq) => ({ ...message({ seq }), type: "message" as const })), rev: 3, more: false };
  const ask = vi.spyOn(conversationDoors, "changes").mockResolvedValue(changes);
  vi.spyOn(api.conversations, "read").mockResolvedValue(conversation({ seq: 3, rev: 3, unread: 3 }));
  socket.tell("message:posted", posted(3));
  expect(shown()).toEqual([1]);
  await vi.advanceTimersByTimeAsync(500);
  expect(ask).toHaveBeenCalledWith("c1", 1);
  expect(shown()).toEqual([1, 2, 3]);
  expect(list()[0]).toMatchObject({ seq: 3, unread: 3 });
});

test("events that only changed places leave nothing to ask for", async () => {
  const ask = vi.spyOn(conversationDoors, "changes");
  socket.tell("message:posted", posted(3));
  socket.tell("message:posted", posted(2));
  socket.tell("message:posted", posted(3));
  await vi.advanceTimersByTimeAsync(500);
  expect(ask).not.toHaveBeenCalled();
  expect(shown()).toEqual([1, 2, 3]);
});

test("a conversation the list has not loaded is read when something happens in it", async () => {
  const read = vi.spyOn(api.conversations, "read").mockResolvedValue(conversation({ id: "c9", rev: 5, last_activity_at_ms: 9_999 }));
  socket.tell("message:posted", { conversation_id: "c9", rev: 5, message: message({ seq: 5, conversation_id: "c9" }) });
  await vi.advanceTimersByTimeAsync(10);
  expect(read).toHaveBeenCalledWith("c9");
  expect(list().map((row) => row.id)).toEqual(["c9", "c1"]);
});

test("an answer that was on its way while something happened lacks nothing", async () => {
  const window = await feed.fetched(
    () => {
      socket.tell("message:posted", posted(2));
      return Promise.resolve(["fetched"]);
    },
    (rows, update) => [...rows, update.type],
  );
  expect(window).toEqual(["fetched", "message"]);
});

test("what was written offline is sent when the connection is back", async () => {
  socket.command.mockRejectedValueOnce(new ApiProblem("network.timeout", 0, ""));
  feed.outbox.put("c1", "hello");
  await vi.advanceTimersByTimeAsync(10);
  expect(feed.outbox.list).toMatchObject([{ state: "queued" }]);
  socket.command.mockResolvedValue({ message: message({ seq: 2, author: { id: ANNA, kind: "person", name: "Anna", avatar_url: null } }) });
  vi.spyOn(conversationDoors, "changes").mockResolvedValue({ items: [], rev: 1, more: false });
  vi.spyOn(api.conversations, "read").mockResolvedValue(conversation({ seq: 2, rev: 2 }));
  socket.ready();
  await vi.advanceTimersByTimeAsync(10);
  expect(feed.outbox.list).toEqual([]);
});

test("somebody writes until they stop, send, or are silent for 6 s", async () => {
  const who = { conversation_id: "c1", person_id: BOLEK };
  socket.tell("typing:started", who);
  expect(feed.typing.people.get().c1).toEqual([BOLEK]);
  socket.tell("message:posted", posted(2));
  expect(feed.typing.people.get().c1).toEqual([]);
  socket.tell("typing:started", who);
  await vi.advanceTimersByTimeAsync(6_100);
  expect(feed.typing.people.get().c1).toEqual([]);
});

test("presence is one entry for a person, however often it is told", () => {
  cache.setQueryData(keys.presence, [ANNA]);
  socket.tell("presence:changed", { person_id: BOLEK, online: true });
  socket.tell("presence:changed", { person_id: BOLEK, online: true });
  expect(cache.getQueryData(keys.presence)).toEqual([ANNA, BOLEK]);
  socket.tell("presence:changed", { person_id: BOLEK, online: false });
  expect(cache.getQueryData(keys.presence)).toEqual([ANNA]);
});

test("who is removed from a conversation keeps nothing of it", () => {
  socket.tell("conversation:removed", { conversation_id: "c1" });
  expect(list()).toEqual([]);
  expect(cache.getQueryData(keys.messages("c1"))).toBeUndefined();
});
