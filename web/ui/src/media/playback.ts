/**
 * Plays the others' sound: one audio element per track, apart from the tiles, so that no change of layout is heard.
 *
 * A browser may refuse to play before the person touched the page (always on iOS unless the microphone is in use).
 * Then `blocked` is true until `unlock` runs inside a click, where it starts every element at once.
 */
import type { ReceivedTracks } from "@/media/peer/receiving";
import { Observable } from "@/protocol/observable";

export class Playback {
  readonly blocked = new Observable(false);
  private readonly players = new Map<string, HTMLAudioElement>();
  private speakerId = "";

  /** Play exactly these. */
  show(tracks: ReceivedTracks): void {
    for (const [key, player] of this.players) {
      if (tracks.get(key)?.stream === player.srcObject) continue;
      player.srcObject = null;
      this.players.delete(key);
    }
    for (const [key, { kind, stream }] of tracks) {
      if (kind !== "audio" || this.players.has(key)) continue;
      const player = new Audio();
      player.srcObject = stream;
      this.players.set(key, player);
      void this.route(player);
      void this.play(player);
    }
    if (this.players.size === 0) this.blocked.set(false);
  }

  /** Call it inside a click. */
  async unlock(): Promise<void> {
    this.blocked.set(false);
    await Promise.all([...this.players.values()].map((player) => this.play(player)));
  }

  /** Play on another output; empty is the system's default. */
  async setSpeaker(deviceId: string): Promise<void> {
    this.speakerId = deviceId;
    await Promise.all([...this.players.values()].map((player) => this.route(player)));
  }

  stop(): void {
    this.show(new Map());
  }

  private async play(player: HTMLAudioElement): Promise<void> {
    try {
      await player.play();
    } catch (error) {
      // Other failures are an element that was dropped meanwhile.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.blocked.set(true);
    }
  }

  private async route(player: HTMLAudioElement): Promise<void> {
    if (!("setSinkId" in player) || player.sinkId === this.speakerId) return;
    // An output that is gone keeps the sound on the default one.
    await player.setSinkId(this.speakerId).catch(() => undefined);
  }
}
