/** What is heard of visits and offers. */
import { Feed } from "@/base/feed";

import { applyToQueue, applyToSupervision, applyToVisit, parseDeskEvent, type DeskUpdate } from "./applying";
import { keys } from "./keys";
import type { Queue, Supervision, VisitDetails } from "./rest";

export class DeskFeed extends Feed<DeskUpdate> {
  override readonly stale = [keys.desk, keys.agentHome];

  override parse(name: string, payload: unknown): DeskUpdate | null {
    return parseDeskEvent(name, payload);
  }

  override apply(update: DeskUpdate): void {
    const { cache } = this.host;
    cache.setQueryData<Queue>(keys.queue, (old) => old && applyToQueue(old, update, this.selfId));
    cache.setQueryData<Supervision>(keys.supervision, (old) => old && applyToSupervision(old, update));
    if (update.type === "offer ended") return;
    const { id } = update.type === "visit" ? update.visit : update.offer.visit;
    cache.setQueryData<VisitDetails>(keys.visit(id), (old) => old && applyToVisit(old, update));
    // Its steps, and the visitor's pages, come with the details alone.
    void cache.invalidateQueries({ queryKey: keys.visit(id) });
    void cache.invalidateQueries({ queryKey: keys.supervision });
  }

  override hear(name: string, payload: unknown): void {
    super.hear(name, payload);
    const isOwn = name === "agent:changed" && (payload as { agent?: { person_id?: string } }).agent?.person_id === this.selfId;
    // In which projects one works, and as what, may be different now.
    if (name === "home:changed") void this.host.cache.invalidateQueries({ queryKey: keys.supervision });
    if (isOwn || name === "home:changed") void this.host.cache.invalidateQueries({ queryKey: keys.agentHome });
  }
}
