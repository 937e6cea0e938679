// @vitest-environment node
import { describe, expect, test } from "vitest";

import type { Message } from "./conversations";
import { message } from "./fixtures";
import { applyToWindow, mergePage, type MessageWindow } from "./messages";
import type { Update } from "./updates";

function posted(row: Message, rev = row.rev): Update {
  return { type: "message", conversation_id: row.conversation_id, rev, message: row };
}

function windowOf(items: Message[], fields: Partial<MessageWindow> = {}): MessageWindow {
  return { conversationId: "c1", items, hasOlder: false, hasNewer: false, ...fields };
}

describe("a run of messages", () => {
  test("takes the next message at its end", () => {
    const before = windowOf([message({ seq: 1 })]);
    expect(applyToWindow(before, posted(message({ seq: 2 }))).items.map((row) => row.seq)).toEqual([1, 2]);
  });

  test("takes the first message of an empty conversation", () => {
    expect(applyToWindow(windowOf([]), posted(message({ seq: 1 }))).items).toHaveLength(1);
  });

  test("never shows a message behind a hole", () => {
    const before = windowOf([message({ seq: 1 })]);
    expect(applyToWindow(before, posted(message({ seq: 3 })))).toBe(before);
  });

  test("stays as it is while newer pages are missing", () => {
    const before = windowOf([message({ seq: 1 })], { hasNewer: true });
    expect(applyToWindow(before, posted(message({ seq: 2 })))).toBe(before);
  });

  test("takes the same message once", () => {
    const after = applyToWindow(windowOf([]), posted(message({ seq: 1 })));
    expect(applyToWindow(after, posted(message({ seq: 1 })))).toBe(after);
  });

  test("replaces an edited message, and ignores an older version that comes late", () => {
    const edited = message({ seq: 1, rev: 7, text: "mended", edited_at_ms: 9_000 });
    const after = applyToWindow(windowOf([message({ seq: 1 })]), posted(edited));
    expect(after.items[0]?.text).toBe("mended");
    expect(applyToWindow(after, posted(message({ seq: 1 })))).toBe(after);
  });

  test("ignores other conversations", () => {
    const before = windowOf([]);
    expect(applyToWindow(before, posted(message({ seq: 1, conversation_id: "c2" })))).toBe(before);
  });

  test("joins a page of older messages without doubles, keeping newer versions", () => {
    const mended = message({ seq: 2, rev: 9, text: "mended" });
    const after = mergePage(windowOf([mended], { hasOlder: true }), [message({ seq: 1 }), message({ seq: 2 })], "older", true);
    expect(after.items.map((row) => row.text)).toEqual(["message 1", "mended"]);
    expect(after.hasOlder).toBe(false);
  });
});
