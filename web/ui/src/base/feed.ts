/**
 * What a feature hears of the server, and how it keeps true what it fetched.
 *
 * How it works: an event about stored data becomes an update, goes into the feed's log (for answers still on their way) and
 * into every snapshot in the cache. What no event can mend after a loss of the connection is named by `stale`.
 */
import type { QueryClient, QueryKey } from "@tanstack/react-query";

import type { Message } from "@/protocol/conversations";
import { EventLog } from "@/protocol/eventlog";
import type { SocketLink } from "@/protocol/socket";

/** What a feed is given of the page's live data. */
export interface FeedHost {
  readonly cache: QueryClient;
  readonly selfId: string;
  readonly socket: SocketLink;
  /** A message of one's own was stored: told to every feed, before its event is here. */
  stored: (message: Message) => void;
}

export abstract class Feed<Update = never> {
  readonly log = new EventLog<Update>();
  /** Asked for again after a loss of the connection. */
  readonly stale: readonly QueryKey[] = [];

  constructor(protected readonly host: FeedHost) {}

  get selfId(): string {
    return this.host.selfId;
  }

  /** Turn an event about stored data into an update; null for all others. */
  parse?(name: string, payload: unknown): Update | null;

  /** Put an update into everything fetched; twice, or an older one after a newer one, changes nothing. */
  apply?(update: Update): void;

  /** A message of one's own was stored, and its event is not here yet. */
  stored?(message: Message): void;

  /** Returns what ends it. */
  start?(): () => void;

  /** The connection is there; `again`: after a loss, so something may have been missed. */
  ready?(again: boolean): Promise<void> | void;

  /** The person signs out: nothing of them stays on the device. */
  forget?(): void;

  /** A stored change: our own answer, or an event. */
  take(update: Update): void {
    this.log.add(update);
    this.apply?.(update);
  }

  hear(name: string, payload: unknown): void {
    const update = this.parse?.(name, payload) ?? null;
    if (update !== null) this.take(update);
  }

  /** Fetch something so that no event of the meantime is missing from it. */
  async fetched<T>(fetch: () => Promise<T>, apply: (snapshot: T, update: Update) => T): Promise<T> {
    const mark = this.log.mark();
    const snapshot = await fetch();
    return this.log.since(mark).reduce(apply, snapshot);
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyFeed = Feed<any>;
export type FeedType = new (host: FeedHost) => AnyFeed;
