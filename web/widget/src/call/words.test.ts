// @vitest-environment node
import { expect, test } from "vitest";

import type { VisitState } from "../frame/rest";
import { sayCall } from "./words";

const ANNA = { name: "Anna", avatar_url: null, position: "" };
const ASKED: VisitState = {
  id: "v",
  project_id: "p",
  medium: "audio",
  state: "waiting",
  place: 1,
  expected_wait_s: null,
  agent: null,
  agent_away: false,
  conversation_id: "c",
  conference_id: "k",
  reason: "busy",
  voice: "hold",
  calling: null, handed_over: false,
  held: false,
  rated: false,
  asked_at_ms: 0,
  version: 1,
};

test.each<[string, Partial<VisitState>, string]>([
  ["who waits", {}, "widget.call.hold"],
  ["whose talk is passed on", { handed_over: true }, "widget.waiting.handed"],
  ["whose talk nobody is there to take", { handed_over: true, reason: "nobody", voice: "voicemail" }, "widget.call.voicemail"],
  ["who talks", { state: "accepted", agent: ANNA, voice: null, reason: "" }, "widget.call.talking"],
  ["whose agent is gone", { state: "accepted", agent: ANNA, agent_away: true, voice: null, reason: "" }, "widget.talking.away"],
])("a caller %s is told so", (_, changes, key) => {
  expect(sayCall({ ...ASKED, ...changes }, { phase: "joined", link: "connected" })).toBe(key);
});
