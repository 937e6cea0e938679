/**
 * What a tab remembers of its call over a reload: who it is to the server, and which conference it was in.
 *
 * A copied tab copies its session storage too; a lock held as long as the page lives tells the copy to be somebody new.
 */
import { newId } from "@/protocol/newId";

export interface Seatmark {
  instanceId: string;
  /** null: not joined yet, the server names the conference. */
  conferenceId: string | null;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyFor = (conversationId: string) => `centrala.call.${conversationId}`;

export function readSeatmark(conversationId: string, storage: Store = window.sessionStorage): Seatmark | null {
  try {
    const value: unknown = JSON.parse(storage.getItem(keyFor(conversationId)) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { instanceId, conferenceId } = value as Partial<Seatmark>;
    return typeof instanceId === "string" ? { instanceId, conferenceId: typeof conferenceId === "string" ? conferenceId : null } : null;
  } catch {
    return null;
  }
}

export function writeSeatmark(conversationId: string, mark: Seatmark, storage: Store = window.sessionStorage): void {
  storage.setItem(keyFor(conversationId), JSON.stringify(mark));
}

/** Hold the lock of this instance until the page goes; false when another tab holds it. */
async function holdLock(instanceId: string): Promise<boolean> {
  const { locks } = navigator as { locks?: LockManager };
  if (locks === undefined) return true;
  return new Promise((resolve) => {
    void locks
      .request(`centrala.call.${instanceId}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      })
      .catch(() => resolve(true));
  });
}

/** Whether this document replaced itself, and is not another visit of the same address in the same tab. */
function wasReloaded(): boolean {
  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return entry?.type === "reload" || entry?.type === "back_forward";
}

/** Whether the tab was reloaded in the middle of a call of this conversation, so that it comes back to it. */
export function comesBack(conversationId: string, reloaded = wasReloaded()): boolean {
  return reloaded && (readSeatmark(conversationId)?.conferenceId ?? null) !== null;
}

/**
 * Say who this tab is, for the server.
 *
 * A reload goes back to its conference even when that has ended; every other visit joins whichever runs now.
 */
export async function claimSeatmark(conversationId: string, reloaded = wasReloaded()): Promise<Seatmark> {
  const old = readSeatmark(conversationId);
  if (old !== null && (await holdLock(old.instanceId))) return reloaded ? old : { ...old, conferenceId: null };
  const mark: Seatmark = { instanceId: newId(), conferenceId: null };
  void holdLock(mark.instanceId);
  writeSeatmark(conversationId, mark);
  return mark;
}
