import { beforeEach, expect, test, vi } from "vitest";

import { Drafts } from "./drafts";

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
});

test("a draft is there again after a reload, for the same person alone", () => {
  new Drafts("anna", localStorage).set("c1", "niedokończone", { id: "m1", seq: 4 });
  expect(new Drafts("anna", localStorage).get("c1")).toEqual({ text: "niedokończone", reply: { id: "m1", seq: 4 } });
  expect(new Drafts("bolek", localStorage).get("c1")).toBeNull();
});

test("what was sent or erased is no draft", () => {
  const drafts = new Drafts("anna", localStorage);
  drafts.set("c1", "x", null);
  drafts.set("c1", "  ", null);
  vi.runAllTimers();
  expect(drafts.store.get()).toEqual({});
  expect(new Drafts("anna", localStorage).get("c1")).toBeNull();
});

test("broken storage is no draft, and another tab's is taken over", () => {
  localStorage.setItem("centrala.draft.anna.c1", "{");
  const drafts = new Drafts("anna", localStorage);
  expect(drafts.get("c1")).toBeNull();
  new Drafts("anna", localStorage).set("c2", "z innej karty", null);
  drafts.otherTab("centrala.draft.anna.c2");
  expect(drafts.store.get().c2?.text).toBe("z innej karty");
});
