/** What is heard of calls one is not in: those that ring, and doors before which somebody waits. */
import { Feed } from "@/base/feed";
import { Observable } from "@/protocol/observable";
import type { SocketEvents } from "@/protocol/socketEvents";

import { keys } from "./keys";
import type { ConferenceRinging, Lobby } from "./rest";

export class CallsFeed extends Feed<Lobby> {
  override readonly stale = [["lobby"]];
  readonly rings = new Observable<readonly ConferenceRinging[]>([]);
  /** Doors before which somebody waited since the page opened. */
  readonly lobbies = new Observable<readonly Lobby[]>([]);

  override parse(name: string, payload: unknown): Lobby | null {
    return name === "lobby:changed" ? (payload as SocketEvents["lobby:changed"]).lobby : null;
  }

  override apply(lobby: Lobby): void {
    this.host.cache.setQueryData<Lobby>(keys.lobby(lobby.conversation_id), lobby);
    this.lobbies.change((lobbies) => [...lobbies.filter((other) => other.conversation_id !== lobby.conversation_id), lobby]);
  }

  override hear(name: string, payload: unknown): void {
    super.hear(name, payload);
    if (name === "conference:ringing") {
      const ring = payload as ConferenceRinging;
      this.rings.change((rings) => [...rings.filter((other) => other.conference.id !== ring.conference.id), ring]);
    } else if (name === "ring:stopped") this.dismissRing((payload as SocketEvents["ring:stopped"]).conference_id);
  }

  /** Who rang before the loss may have stopped: what still rings is told again. */
  override ready(again: boolean): void {
    if (!again) return;
    this.rings.set([]);
    this.lobbies.set([]);
  }

  dismissRing(conferenceId: string): void {
    this.rings.change((rings) => rings.filter((ring) => ring.conference.id !== conferenceId));
  }
}
