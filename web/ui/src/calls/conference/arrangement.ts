/** Who is shown large, who beside it, and where one's own picture goes. */
import { keyOf } from "@/media/peer/receiving";
import type { Participant } from "@/protocol/conferences";

/** auto: everybody alike, until somebody shows a screen; grid: always alike; speaker: whoever speaks is large. */
export type LayoutChoice = "auto" | "grid" | "speaker";

/** More large screens at once than this could not be read. */
export const MAX_LARGE = 4;

/** One picture on the stage. */
export interface Shown {
  /** As `keyOf` gives it. */
  key: string;
  participant: Participant;
  source: "camera" | "screen";
}

export interface ArrangementWishes {
  participants: readonly Participant[];
  /** Seats that show a screen. */
  screens: ReadonlySet<string>;
  selfId: string | null;
  /** The last one who spoke, apart from oneself. */
  speakerId: string | null;
  layout: LayoutChoice;
  /** Key of the picture this person wants large. */
  pin: string | null;
  /** How many pictures fit on one page beside so many large ones. */
  capacity: (large: number) => number;
  page: number;
}

export interface Arrangement {
  /** Large; empty: all are alike. */
  large: Shown[];
  /** Of this page; whoever is large for speaking or by a pin keeps the place here, so that nothing moves. */
  rest: Shown[];
  page: number;
  pages: number;
  /** One's own picture lies over the others in a call of two, and where it would be on another page. */
  floating: Participant | null;
}

function byArrival(a: Participant, b: Participant): number {
  return a.joined_at_ms - b.joined_at_ms || (a.id < b.id ? -1 : 1);
}

function chooseLarge(screens: readonly Shown[], cameras: readonly Shown[], { selfId, speakerId, layout, pin }: ArrangementWishes): Shown[] {
  const pinned = [...screens, ...cameras].find(({ key }) => key === pin);
  if (pinned !== undefined) return [pinned];
  if (layout === "grid") return [];
  // One's own screen is before one's eyes already, and in itself it would be a hall of mirrors.
  const others = screens.filter(({ participant }) => participant.id !== selfId);
  if (others.length > 0) return others.slice(0, MAX_LARGE);
  if (layout !== "speaker") return [];
  const people = cameras.filter(({ participant }) => participant.id !== selfId);
  const speaker = people.find(({ participant }) => participant.id === speakerId) ?? people[0];
  return speaker === undefined || people.length < 2 ? [] : [speaker];
}

/** Arrange a conference: others by arrival, oneself last, screens before people. */
export function arrange(wishes: ArrangementWishes): Arrangement {
  const { participants, screens: sharing, selfId, capacity } = wishes;
  const own = participants.find(({ id }) => id === selfId) ?? null;
  const others = participants.filter(({ id }) => id !== selfId).sort(byArrival);
  const cameras = [...others, ...(own === null ? [] : [own])].map((participant) => ({ key: keyOf(participant.id, "camera"), participant, source: "camera" as const }));
  const screens = cameras
    .filter(({ participant }) => sharing.has(participant.id))
    .map(({ participant }) => ({ key: keyOf(participant.id, "screen"), participant, source: "screen" as const }));
  const large = chooseLarge(screens, cameras, wishes);
  const beside = [...screens.filter((one) => !large.includes(one)), ...cameras];
  const fits = Math.max(1, capacity(large.length));
  const isOwn = ({ participant, source }: Shown) => source === "camera" && participant.id === selfId;
  const floats = own !== null && others.length > 0 && (beside.length > fits || (large.length === 0 && beside.length === 2));
  const rest = floats ? beside.filter((one) => !isOwn(one)) : beside;
  const pages = Math.max(1, Math.ceil(rest.length / fits));
  const page = Math.min(Math.max(wishes.page, 0), pages - 1);
  return { large, rest: rest.slice(page * fits, (page + 1) * fits), page, pages, floating: floats ? own : null };
}
