/** What is heard of the person who is signed in. */
import { Feed } from "@/base/feed";
import type { Person } from "@/protocol/people";
import { parseEvent } from "@/protocol/updates";

import { keys } from "./keys";

export class AccountsFeed extends Feed<Person> {
  override readonly stale = [keys.session];

  override parse(name: string, payload: unknown): Person | null {
    const update = parseEvent(name, payload);
    return update?.type === "person" && update.person.id === this.selfId ? update.person : null;
  }

  override apply(): void {
    // What the session says goes beyond the person: it is asked for again.
    void this.host.cache.invalidateQueries({ queryKey: keys.session });
  }
}
