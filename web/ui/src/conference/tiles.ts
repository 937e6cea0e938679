/** Who gets a tile, and where one's own picture goes. */
import type { Participant } from "@/protocol/types";

export const MAX_TILES = 12;

export interface Arrangement {
  /** In the grid, in order. */
  grid: Participant[];
  /** One's own picture floats over the grid in a call of two. */
  floating: Participant | null;
  /** How many have no tile. */
  hidden: number;
}

function byArrival(a: Participant, b: Participant): number {
  return a.joined_at_ms - b.joined_at_ms || (a.id < b.id ? -1 : 1);
}

/**
 * Arrange the people of a conference: others by arrival, oneself last.
 *
 * When there are more than the tiles hold, the last tile counts the rest, and the speaker is never among them.
 */
export function arrangeTiles(participants: readonly Participant[], selfId: string | null, speakerId: string | null): Arrangement {
  const own = participants.find(({ id }) => id === selfId) ?? null;
  const others = participants.filter(({ id }) => id !== selfId).sort(byArrival);
  if (own !== null && others.length === 1) return { grid: others, floating: own, hidden: 0 };
  const all = own === null ? others : [...others, own];
  if (all.length <= MAX_TILES) return { grid: all, floating: null, hidden: 0 };
  const places = MAX_TILES - 1 - (own === null ? 0 : 1);
  const shown = others.slice(0, places);
  const speaker = others.find(({ id }) => id === speakerId);
  if (speaker !== undefined && !shown.includes(speaker)) shown[shown.length - 1] = speaker;
  const grid = own === null ? shown : [...shown, own];
  return { grid, floating: null, hidden: all.length - grid.length };
}
