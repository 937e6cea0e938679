import { expect, test, vi } from "vitest";

import { startLive } from "@/base/fixtures";
import { ANNA, BOLEK } from "@/protocol/fixtures";

import { DeskFeed } from "./feed";
import { keys } from "./keys";

test("one's home is asked for again when it, or oneself as an agent, is different now", () => {
  const { cache, live, socket } = startLive(DeskFeed);
  const again = vi.spyOn(cache, "invalidateQueries");
  socket.tell("agent:changed", { agent: { person_id: BOLEK } });
  expect(again).not.toHaveBeenCalled();
  socket.tell("agent:changed", { agent: { person_id: ANNA } });
  socket.tell("home:changed", {});
  // Whom one supervises may be different then, too: a page must not go on listening.
  expect(again.mock.calls).toEqual([[{ queryKey: keys.agentHome }], [{ queryKey: keys.supervision }], [{ queryKey: keys.agentHome }]]);
  live.stop();
});
