/**
 * What keeps the page live: the link to the server, and the feeds of the features, which hear what comes over it.
 *
 * How it works: every event goes to every feed in turn. After a loss of the connection the feeds first catch up, then what
 * they call stale is asked for again.
 */
import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "@/protocol/conversations";
import { Observable } from "@/protocol/observable";
import type { ApiProblem } from "@/protocol/problem";
import type { LinkState, SocketLink } from "@/protocol/socket";

import type { AnyFeed, FeedHost, FeedType } from "./feed";

export class Live implements FeedHost {
  readonly link = new Observable<LinkState>("connecting");
  private readonly feeds: readonly AnyFeed[];
  private readonly revokedListeners = new Set<() => void>();
  private wasReady = false;
  private stops: (() => void)[] = [];

  constructor(
    readonly cache: QueryClient,
    readonly selfId: string,
    readonly socket: SocketLink,
    types: readonly FeedType[],
  ) {
    this.feeds = types.map((type) => new type(this));
  }

  /** The feed of a feature; the page was started with it. */
  feed<F extends AnyFeed>(type: new (host: FeedHost) => F): F {
    const found = this.feeds.find((feed) => feed instanceof type);
    if (found === undefined) throw new Error(`no ${type.name} in this page`);
    return found as F;
  }

  start(): void {
    const onHide = () => this.socket.close();
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) this.socket.open();
    };
    window.addEventListener("pagehide", onHide);
    window.addEventListener("pageshow", onShow);
    this.stops = [
      this.socket.onState((state) => this.link.set(state)),
      this.socket.onReady(() => void this.onReady()),
      this.socket.onRefused((problem) => this.onRefused(problem)),
      this.socket.onAny((name, payload) => this.onEvent(name, payload)),
      () => window.removeEventListener("pagehide", onHide),
      () => window.removeEventListener("pageshow", onShow),
      ...this.feeds.flatMap((feed) => feed.start?.() ?? []),
    ];
    // A call's window opened it already.
    if (this.socket.linkState === "online") {
      this.link.set("online");
      void this.onReady();
    }
    this.socket.open();
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.socket.close();
  }

  /** Sign out: nothing of the person stays on the device. */
  forget(): void {
    for (const feed of this.feeds) feed.forget?.();
    this.stop();
  }

  stored(message: Message): void {
    for (const feed of this.feeds) feed.stored?.(message);
  }

  onRevoked(listener: () => void): () => void {
    this.revokedListeners.add(listener);
    return () => this.revokedListeners.delete(listener);
  }

  private onEvent(name: string, payload: unknown): void {
    if (name === "session:revoked") this.revoked();
    for (const feed of this.feeds) feed.hear(name, payload);
  }

  /** Online: catch up with what was missed. The first time there is nothing to catch up with. */
  private async onReady(): Promise<void> {
    const again = this.wasReady;
    this.wasReady = true;
    // One that could not catch up, because the line is gone again, does so at the next connection.
    await Promise.allSettled(this.feeds.map(async (feed) => feed.ready?.(again)));
    if (!again) return;
    for (const feed of this.feeds) {
      for (const queryKey of feed.stale) void this.cache.invalidateQueries({ queryKey });
    }
  }

  private onRefused(problem: ApiProblem): void {
    if (problem.status === 401) this.revoked();
  }

  private revoked(): void {
    for (const listener of this.revokedListeners) listener();
  }
}
