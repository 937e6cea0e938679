// @vitest-environment node
import { expect, test } from "vitest";

import { BOLEK, conference } from "./fixtures";
import { applyToConferences } from "./updates";
import { parseEvent, type Update } from "./updates";

test("the calls of a conversation begin with the newest", () => {
  const old = conference({ id: "k0", state: "ended", started_at_ms: 10 });
  const started: Update = { type: "conference", conversation_id: "c1", rev: 4, conference: conference({ rev: 4 }) };
  expect(applyToConferences([old], "c1", started).map((call) => call.id)).toEqual(["k1", "k0"]);
});

test("ephemeral events are no updates", () => {
  expect(parseEvent("typing:started", { conversation_id: "c1", person_id: BOLEK })).toBeNull();
});
