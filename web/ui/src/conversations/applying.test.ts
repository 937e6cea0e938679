// @vitest-environment node
import { describe, expect, test } from "vitest";

import type { Conversation, Message } from "@/protocol/conversations";
import { ANNA, BOLEK, conference, conversation, mark, member, message, participant } from "@/protocol/fixtures";
import { parseEvent, type Update } from "@/protocol/updates";

import { applyToConversation, applyToList, mergeConversations, type ConversationList } from "./applying";

function posted(row: Message, rev = row.rev): Update {
  return { type: "message", conversation_id: row.conversation_id, rev, message: row };
}

describe("a conversation", () => {
  test("counts others' text messages as unread, for everybody but the author", () => {
    const after = applyToConversation(conversation(), posted(message({ seq: 1 })), ANNA);
    expect(after.unread).toBe(1);
    expect(after.marks).toEqual([mark(ANNA, { unread: 1 }), mark(BOLEK)]);
    expect(after).toMatchObject({ seq: 1, rev: 1, last_activity_at_ms: 1_000, last_message: { id: "m1" } });
  });

  test("shows calls in the tile, but not system lines; neither is unread", () => {
    const line = applyToConversation(conversation(), posted(message({ seq: 1, kind: "system" })), ANNA);
    expect(line).toMatchObject({ seq: 1, unread: 0, last_message: null });
    const call = applyToConversation(line, posted(message({ seq: 2, kind: "call" })), ANNA);
    expect(call).toMatchObject({ seq: 2, unread: 0, last_message: { id: "m2" } });
  });

  test("counts one less when an unread message is deleted, and shows it as deleted", () => {
    const before = applyToConversation(conversation(), posted(message({ seq: 1 })), ANNA);
    const after = applyToConversation(before, posted(message({ seq: 1, rev: 2, text: "", deleted_at_ms: 5_000 })), ANNA);
    expect(after.unread).toBe(0);
    expect(after.last_message?.deleted_at_ms).toBe(5_000);
  });

  test("leaves the count alone when a read message is deleted", () => {
    let row = applyToConversation(conversation(), posted(message({ seq: 1 })), ANNA);
    row = applyToConversation(row, { type: "mark", conversation_id: "c1", rev: 2, mark: mark(ANNA, { read_seq: 1, rev: 2 }) }, ANNA);
    row = applyToConversation(row, posted(message({ seq: 2, rev: 3 })), ANNA);
    row = applyToConversation(row, posted(message({ seq: 1, rev: 4, text: "", deleted_at_ms: 5_000 })), ANNA);
    expect(row.unread).toBe(1);
  });

  test("takes one's own mark as the unread count", () => {
    const before = applyToConversation(conversation(), posted(message({ seq: 1 })), ANNA);
    const moved = mark(ANNA, { read_seq: 1, delivered_seq: 1, rev: 2 });
    expect(applyToConversation(before, { type: "mark", conversation_id: "c1", rev: 2, mark: moved }, ANNA).unread).toBe(0);
  });

  test("adds and removes members with their marks", () => {
    const celina = member("celina", { rev: 3 });
    const added = applyToConversation(
      conversation(),
      { type: "member", conversation_id: "c1", rev: 3, member: celina, mark: mark("celina", { rev: 3 }) },
      ANNA,
    );
    expect(added.members.map((row) => row.person_id)).toEqual([ANNA, BOLEK, "celina"]);
    const removed = applyToConversation(
      added,
      { type: "member", conversation_id: "c1", rev: 4, member: { ...celina, left_at_ms: 9 }, mark: null },
      ANNA,
    );
    expect(removed.members).toHaveLength(2);
    expect(removed.marks).toHaveLength(2);
  });

  test("follows a conference from its start to its end", () => {
    const started: Update = { type: "conference", conversation_id: "c1", rev: 1, conference: conference() };
    let row = applyToConversation(conversation(), started, ANNA);
    row = applyToConversation(row, { type: "participant", conversation_id: "c1", rev: 2, conference_id: "k1", participant: participant("p1") }, ANNA);
    row = applyToConversation(
      row,
      { type: "participant", conversation_id: "c1", rev: 3, conference_id: "k1", participant: participant("p1", { audio: false }) },
      ANNA,
    );
    expect(row.conference?.participants).toEqual([participant("p1", { audio: false })]);
    row = applyToConversation(
      row,
      { type: "participant", conversation_id: "c1", rev: 4, conference_id: "k1", participant: participant("p1", { left_at_ms: 8 }) },
      ANNA,
    );
    expect(row.conference?.participants).toEqual([]);
    const ended: Update = { type: "conference", conversation_id: "c1", rev: 5, conference: conference({ state: "ended", rev: 5 }) };
    expect(applyToConversation(row, ended, ANNA).conference).toBeNull();
  });

  test("does not change when an update comes twice", () => {
    const update = posted(message({ seq: 1 }));
    const once = applyToConversation(conversation(), update, ANNA);
    expect(applyToConversation(once, update, ANNA)).toBe(once);
  });

  test("gives members a person's new name", () => {
    const event = parseEvent("person:changed", {
      person: { id: BOLEK, name: "Bolek Kowalski", role: "admin", group_id: "g2", group_name: "Office", avatar_url: "/a.webp" },
    });
    const after = event && applyToConversation(conversation(), event, ANNA);
    expect(after?.members[1]).toMatchObject({ name: "Bolek Kowalski", group_name: "Office", avatar_url: "/a.webp" });
  });
});

describe("the list", () => {
  const list: ConversationList = {
    section: "direct",
    items: [conversation({ id: "c2", last_activity_at_ms: 900 }), conversation({ last_activity_at_ms: 100 })],
    next: null,
  };

  test("brings a conversation with a new message to the top", () => {
    expect(applyToList(list, posted(message({ seq: 1 })), ANNA).items.map((row) => row.id)).toEqual(["c1", "c2"]);
  });

  test("takes a new conversation into its own half only", () => {
    const added: Update = { type: "conversation added", conversation: conversation({ id: "c3", kind: "case" }) };
    expect(applyToList(list, added, ANNA)).toBe(list);
    const cases: ConversationList = { section: "case", items: [], next: null };
    expect(applyToList(cases, added, ANNA).items).toHaveLength(1);
  });

  test("drops a conversation one was removed from", () => {
    expect(applyToList(list, { type: "conversation removed", conversation_id: "c1" }, ANNA).items.map((row) => row.id)).toEqual(["c2"]);
  });

  test("joins a further page without doubles", () => {
    const after = mergeConversations(list, [conversation({ last_activity_at_ms: 100 }), conversation({ id: "c0" })], "cursor");
    expect(after.items.map((row) => row.id)).toEqual(["c2", "c1", "c0"]);
    expect(after.next).toBe("cursor");
  });
});

describe("unread mentions", () => {
  const named = (seq: number, person_id: string | null, fields: Partial<Message> = {}) =>
    message({ seq, text: "@x y", mentions: [{ start: 0, length: 2, person_id, name: "x" }], ...fields });
  const take = (snapshot: Conversation, row: Message): Conversation =>
    applyToConversation(snapshot, { type: "message", conversation_id: "c1", rev: row.rev, message: row }, ANNA);

  test("come with the message, go with reading, an edit and a deletion", () => {
    let held = take(take(conversation({ seq: 0, rev: 0, marks: [mark(ANNA)] }), named(1, ANNA)), named(2, null));
    expect(held.mentions).toEqual([1, 2]);
    held = take(held, message({ seq: 1, rev: 3 }));
    expect(held.mentions).toEqual([2]);
    held = take(held, named(3, BOLEK, { rev: 4 }));
    held = applyToConversation(held, { type: "mark", conversation_id: "c1", rev: 5, mark: mark(ANNA, { read_seq: 2 }) }, ANNA);
    expect(held.mentions).toEqual([]);
  });
});
