import { afterEach, beforeEach, expect, test } from "vitest";

import { startLive } from "@/base/fixtures";
import { BOLEK, conference } from "@/protocol/fixtures";

import { CallsFeed } from "./feed";
import { keys } from "./keys";

let page: ReturnType<typeof startLive>;
beforeEach(() => {
  page = startLive(CallsFeed);
});
afterEach(() => page.live.stop());

const ring = () => {
  const caller = { id: BOLEK, kind: "person", name: "Bolek", avatar_url: null };
  page.socket.tell("conference:ringing", { conference: conference(), conversation_id: "c1", title: "", caller, deadline_at_ms: 45_000 });
};

test("a call rings until it is stopped", () => {
  const { rings } = page.live.feed(CallsFeed);
  ring();
  ring();
  expect(rings.get()).toHaveLength(1);
  page.socket.tell("ring:stopped", { conference_id: "k1", reason: "answered" });
  expect(rings.get()).toEqual([]);
});

test("after a loss nothing rings that is not told again", () => {
  const { rings } = page.live.feed(CallsFeed);
  ring();
  page.socket.ready();
  expect(rings.get()).toEqual([]);
});

test("who waits before a door is shown as it was told last, and stands in what was fetched", () => {
  const lobby = (...items: object[]) => ({ conversation_id: "c1", items });
  page.socket.tell("lobby:changed", { lobby: lobby({ id: "g1" }) });
  page.socket.tell("lobby:changed", { lobby: lobby() });
  expect(page.live.feed(CallsFeed).lobbies.get()).toEqual([lobby()]);
  expect(page.cache.getQueryData(keys.lobby("c1"))).toEqual(lobby());
});
