/**
 * Snapshot + event = refetch, for the agent's queue: pure functions that put a visit or an offer into what was fetched.
 *
 * How it works: an event carries the whole visit or offer. A visit stands in exactly one list, chosen by its state and by
 * who has it; an older version after a newer one changes nothing.
 */
import type { Offer, OfferEnd, Queue, Supervision, Visit, VisitDetails } from "./rest";

export type DeskUpdate =
  | { type: "visit"; visit: Visit }
  | { type: "offer made"; offer: Offer }
  | { type: "offer ended"; offer_id: string; visit_id: string; reason: OfferEnd };

type Place = "visits" | "waiting" | "messages";

/** Which list of an agent's a visit stands in; null: in none. projectIds: those the agent works in. */
export function placeOf(visit: Visit, selfId: string, projectIds: readonly string[]): Place | null {
  const isOurs = projectIds.includes(visit.project_id) && !visit.ignored_by.includes(selfId);
  switch (visit.state) {
    case "waiting":
    case "offered":
      return isOurs ? "waiting" : null;
    case "accepted":
    case "wrapping":
      return visit.agent?.id === selfId ? "visits" : null;
    case "message":
      return isOurs ? "messages" : null;
    case "closed":
    case "abandoned":
      return null;
  }
}

/** Who was handed over goes first, then who has waited longest. */
export function byTurn(a: Visit, b: Visit): number {
  return Number(b.transferred) - Number(a.transferred) || a.asked_at_ms - b.asked_at_ms || (a.id < b.id ? -1 : 1);
}

const ORDER: Readonly<Record<Place, (a: Visit, b: Visit) => number>> = {
  visits: (a, b) => (a.answered_at_ms ?? 0) - (b.answered_at_ms ?? 0) || (a.id < b.id ? -1 : 1),
  waiting: byTurn,
  messages: (a, b) => b.asked_at_ms - a.asked_at_ms || (a.id < b.id ? 1 : -1),
};

function known(queue: Queue, visitId: string): Visit | undefined {
  const rows = [...queue.visits, ...queue.waiting, ...queue.messages, ...queue.offers.map((offer) => offer.visit)];
  return rows.filter((row) => row.id === visitId).sort((a, b) => b.version - a.version)[0];
}

/** Counts go with their lists; of left messages only the newest are listed, so that count moves by what changed. */
function counted(before: Queue, after: Queue): Queue {
  const messages = Math.max(after.messages.length, before.counts.messages + after.messages.length - before.messages.length);
  return { ...after, counts: { offers: after.offers.length, mine: after.visits.length, waiting: after.waiting.length, messages } };
}

function withVisit(queue: Queue, visit: Visit, selfId: string): Queue {
  const old = known(queue, visit.id);
  if (old !== undefined && old.version > visit.version) return queue;
  const place = placeOf(visit, selfId, queue.project_ids);
  const lists = { visits: queue.visits, waiting: queue.waiting, messages: queue.messages };
  for (const name of ["visits", "waiting", "messages"] as const) {
    const others = lists[name].filter((row) => row.id !== visit.id);
    if (name === place) lists[name] = [...others, visit].sort(ORDER[name]);
    else if (others.length !== lists[name].length) lists[name] = others;
  }
  // An offer of before, or of another, is over; "offer made" brings the one that rings here.
  const offers = queue.offers
    .filter((offer) => offer.visit.id !== visit.id || visit.ringing?.offer_id === offer.id)
    .map((offer) => (offer.visit.id === visit.id ? { ...offer, visit } : offer));
  return { ...queue, ...lists, offers };
}

/** Put an update into the queue of `selfId`. */
export function applyToQueue(queue: Queue, update: DeskUpdate, selfId: string): Queue {
  switch (update.type) {
    case "visit":
      return counted(queue, withVisit(queue, update.visit, selfId));
    case "offer made": {
      if (update.offer.agent_id !== selfId) return queue;
      const after = withVisit(queue, update.offer.visit, selfId);
      // The visit has gone on since.
      if (after === queue && known(queue, update.offer.visit.id)?.ringing?.offer_id !== update.offer.id) return queue;
      const offers = [...after.offers.filter((offer) => offer.id !== update.offer.id), update.offer];
      return counted(queue, { ...after, offers: offers.sort((a, b) => a.made_at_ms - b.made_at_ms) });
    }
    case "offer ended":
      return counted(queue, { ...queue, offers: queue.offers.filter((offer) => offer.id !== update.offer_id) });
  }
}

/** Put a visit into its own details; what only a fetch says (pages, changes) stays, and is asked for anew. */
export function applyToVisit(details: VisitDetails, update: DeskUpdate): VisitDetails {
  const visit = update.type === "visit" ? update.visit : update.type === "offer made" ? update.offer.visit : null;
  if (visit?.id !== details.visit.id || visit.version < details.visit.version) return details;
  return { ...details, visit };
}

/** Put a visit into what a supervisor sees; the lines of projects and agents are asked for anew. */
export function applyToSupervision(supervision: Supervision, update: DeskUpdate): Supervision {
  const visit = update.type === "visit" ? update.visit : null;
  if (visit === null) return supervision;
  const old = supervision.visits.find((row) => row.id === visit.id);
  if (old !== undefined && old.version > visit.version) return supervision;
  const others = supervision.visits.filter((row) => row.id !== visit.id);
  const isShown =
    ["waiting", "offered", "accepted", "wrapping"].includes(visit.state) && supervision.projects.some((project) => project.project_id === visit.project_id);
  return { ...supervision, visits: isShown ? [...others, visit].sort((a, b) => a.asked_at_ms - b.asked_at_ms) : others };
}

/** Turn a socket event into an update of the desk, null for others. */
export function parseDeskEvent(name: string, payload: unknown): DeskUpdate | null {
  switch (name) {
    case "visit:changed":
      return { type: "visit", ...(payload as { visit: Visit }) };
    case "offer:made":
      return { type: "offer made", ...(payload as { offer: Offer }) };
    case "offer:ended":
      return { type: "offer ended", ...(payload as { offer_id: string; visit_id: string; reason: OfferEnd }) };
    default:
      return null;
  }
}
