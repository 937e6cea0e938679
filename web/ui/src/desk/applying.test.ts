import { expect, test } from "vitest";

import { applyToQueue, applyToSupervision, applyToVisit, parseDeskEvent, placeOf } from "./applying";
import type { Offer, Queue, Visit, VisitDetails } from "./rest";

const SELF = "anna";

function visit(fields: Partial<Visit> = {}): Visit {
  return {
    id: "v1", project_id: "p1", project_name: "Sklep", medium: "chat", state: "waiting",
    visitor: { id: "w1", name: "", email: "", phone: "", language: "pl", verified: false, browser: "", page_url: "", page_title: "", page_at_ms: 0, first_seen_at_ms: 0 },
    agent: null, to_agent: null, ringing: null, conversation_id: "c1", team_conversation_id: "t1", conference_id: null, transferred: false, held: false,
    asked_at_ms: 1_000, answered_at_ms: null, ended_at_ms: null, page_url: "", page_title: "", form: null, tags: [], result_code: "", result_note: "",
    stars: null, comment: "", case_conversation_id: null, wrap_until_ms: null, ignored_by: [], version: 1, ...fields,
  };
}
const person = (id: string) => ({ id, name: id, avatar_url: null });
const ringing = (offer_id: string, agent: string) => ({ offer_id, agent: person(agent), deadline_at_ms: 31_000 });
function offer(fields: Partial<Offer> = {}): Offer {
  return { id: "o1", agent_id: SELF, medium: "chat", made_at_ms: 1_000, deadline_at_ms: 31_000, visit: visit({ state: "offered", ringing: ringing("o1", SELF), version: 2 }), ...fields };
}
const EMPTY: Queue = { offers: [], visits: [], waiting: [], messages: [], counts: { offers: 0, mine: 0, waiting: 0, messages: 0 }, now_ms: 0, project_ids: ["p1"] };
const apply = (queue: Queue, ...updates: Parameters<typeof applyToQueue>[1][]) => updates.reduce((held, update) => applyToQueue(held, update, SELF), queue);

test("a new visit waits, and is counted", () => {
  const queue = apply(EMPTY, { type: "visit", visit: visit() });
  expect(queue.waiting.map((row) => row.id)).toEqual(["v1"]);
  expect(queue.counts).toEqual({ offers: 0, mine: 0, waiting: 1, messages: 0 });
});

test("those handed over wait first, then those who asked first", () => {
  const queue = apply(
    EMPTY,
    { type: "visit", visit: visit({ id: "late", asked_at_ms: 30 }) },
    { type: "visit", visit: visit({ id: "early", asked_at_ms: 10 }) },
    { type: "visit", visit: visit({ id: "handed", asked_at_ms: 40, transferred: true }) },
  );
  expect(queue.waiting.map((row) => row.id)).toEqual(["handed", "early", "late"]);
});

test("an offer rings at its agent alone, and stops when it ends", () => {
  const rung = apply(EMPTY, { type: "offer made", offer: offer() });
  expect(rung.offers).toHaveLength(1);
  expect(rung.waiting).toHaveLength(1);
  expect(apply(EMPTY, { type: "offer made", offer: offer({ agent_id: "bolek" }) })).toBe(EMPTY);
  const over = apply(rung, { type: "offer ended", offer_id: "o1", visit_id: "v1", reason: "expired" });
  expect(over.offers).toEqual([]);
  expect(over.counts.offers).toBe(0);
});

test("an offer that comes after the visit went on rings no more", () => {
  const gone = apply(EMPTY, { type: "visit", visit: visit({ state: "offered", ringing: ringing("o2", "bolek"), version: 4 }) });
  expect(apply(gone, { type: "offer made", offer: offer() }).offers).toEqual([]);
});

test("whom it rings at no longer loses the offer by the visit alone", () => {
  const rung = apply(EMPTY, { type: "offer made", offer: offer() });
  const moved = apply(rung, { type: "visit", visit: visit({ state: "offered", ringing: ringing("o2", "bolek"), version: 3 }) });
  expect(moved.offers).toEqual([]);
  expect(moved.waiting[0]?.ringing?.agent.id).toBe("bolek");
});

test("an accepted visit is its agent's, and nobody else's", () => {
  const rung = apply(EMPTY, { type: "offer made", offer: offer() });
  const own = apply(rung, { type: "visit", visit: visit({ state: "accepted", agent: person(SELF), version: 3 }) });
  expect([own.offers.length, own.visits.length, own.waiting.length]).toEqual([0, 1, 0]);
  const others = apply(rung, { type: "visit", visit: visit({ state: "accepted", agent: person("bolek"), version: 3 }) });
  expect([others.offers.length, others.visits.length, others.waiting.length]).toEqual([0, 0, 0]);
});

test("an older version after a newer one changes nothing", () => {
  const own = apply(EMPTY, { type: "visit", visit: visit({ state: "accepted", agent: person(SELF), version: 3 }) });
  expect(apply(own, { type: "visit", visit: visit({ version: 2 }) }).visits).toHaveLength(1);
});

test("what one ignored waits for others (feature CC-037)", () => {
  const queue = apply(EMPTY, { type: "visit", visit: visit() }, { type: "visit", visit: visit({ ignored_by: [SELF], version: 2 }) });
  expect(queue.counts.waiting).toBe(0);
  expect(placeOf(visit({ ignored_by: [SELF] }), "bolek", ["p1"])).toBe("waiting");
});

test("a visit handed to a project of others leaves", () => {
  const own = apply(EMPTY, { type: "visit", visit: visit({ state: "accepted", agent: person(SELF), version: 3 }) });
  const gone = visit({ project_id: "p2", state: "waiting", transferred: true, version: 4 });
  expect(apply(own, { type: "visit", visit: gone }).counts).toEqual({ offers: 0, mine: 0, waiting: 0, messages: 0 });
});

test("of left messages more are counted than are listed", () => {
  const many: Queue = { ...EMPTY, messages: [visit({ id: "m1", state: "message" })], counts: { ...EMPTY.counts, messages: 140 } };
  expect(apply(many, { type: "visit", visit: visit({ id: "m2", state: "message" }) }).counts.messages).toBe(141);
  expect(apply(many, { type: "visit", visit: visit({ id: "m1", state: "closed", version: 2 }) }).counts.messages).toBe(139);
});

test("details take newer visits of their own id only", () => {
  const details: VisitDetails = { visit: visit({ version: 2 }), pages: [], earlier: [], changes: [], result_codes: [] };
  expect(applyToVisit(details, { type: "visit", visit: visit({ version: 3, tags: ["faktura"] }) }).visit.tags).toEqual(["faktura"]);
  expect(applyToVisit(details, { type: "visit", visit: visit({ version: 1 }) })).toBe(details);
  expect(applyToVisit(details, { type: "visit", visit: visit({ id: "v2", version: 9 }) })).toBe(details);
});

test("a supervisor sees what runs in their projects", () => {
  const line = { project_id: "p1", name: "Sklep", open: true, live: {}, waiting: 0, longest_wait_ms: 0, agents: [] };
  const none = { projects: [line], visits: [], now_ms: 0 };
  const one = applyToSupervision(none, { type: "visit", visit: visit() });
  expect(one.visits).toHaveLength(1);
  expect(applyToSupervision(one, { type: "visit", visit: visit({ state: "closed", version: 2 }) }).visits).toEqual([]);
  expect(applyToSupervision(none, { type: "visit", visit: visit({ project_id: "p9" }) }).visits).toEqual([]);
});

test("events of the desk are told apart by name", () => {
  expect(parseDeskEvent("visit:changed", { visit: visit() })?.type).toBe("visit");
  expect(parseDeskEvent("message:posted", {})).toBeNull();
});
