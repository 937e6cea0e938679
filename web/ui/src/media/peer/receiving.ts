/**
 * The transport that carries what the others publish.
 *
 * How it works: the server offers, we answer. Each offer names its lines (whose, which source); offers are taken one at
 * a time, in the order they came. A line the newest offer does not name is gone.
 */
import { Observable } from "@/protocol/observable";
import type { SocketCommands, SocketEvents } from "@/protocol/socketEvents";

import type { Source } from "./publishing";
import { Transport } from "./transport";

type Offered = SocketCommands["conference:receive"][1];
type OfferMade = SocketEvents["conference:offer"];
type PicturesPaused = SocketEvents["conference:paused"];
export type PauseReason = PicturesPaused["lines"][number]["reason"];

/** One track of somebody else. */
export interface Received {
  participantId: string;
  source: Source;
  kind: "audio" | "video";
  stream: MediaStream;
}

export function keyOf(participantId: string, source: Source): string {
  return `${participantId} ${source}`;
}

export type ReceivedTracks = ReadonlyMap<string, Received>;
export const NOTHING_RECEIVED: ReceivedTracks = new Map();

/** Why a picture does not come, by `keyOf` its participant and source. */
export type PausedPictures = ReadonlyMap<string, PauseReason>;
export const NOTHING_PAUSED: PausedPictures = new Map();

export class ReceiveTransport extends Transport {
  readonly tracks = new Observable<ReceivedTracks>(NOTHING_RECEIVED);
  /** The pictures that do not come, and why. */
  readonly paused = new Observable<PausedPictures>(NOTHING_PAUSED);
  private readonly keys = new Map<string, string>();
  private readonly streams = new Map<MediaStreamTrack, MediaStream>();
  private answered = "";

  async open(): Promise<void> {
    await this.ask("conference:receive");
  }

  /** Also brings the lines up to date, for offers that were lost with the socket. */
  async restart(): Promise<void> {
    await this.ask("conference:restart");
  }

  countBytes(): Promise<number> {
    return this.sumBytes("inbound-rtp", "bytesReceived");
  }

  /** Answer an offer the server made by itself; one for another transport is not ours, and one told again is answered once. */
  async take(offer: OfferMade): Promise<void> {
    if (offer.transport_id !== this.id) return;
    await this.negotiation.run(async () => {
      if (offer.offer_id !== this.answered) await this.answer(offer);
    });
  }

  /** The server says which pictures do not come; of another transport it is not ours. */
  pause({ transport_id, lines }: PicturesPaused): void {
    if (transport_id !== this.id) return;
    const paused = new Map<string, PauseReason>();
    for (const { mid, reason } of lines) {
      const key = this.keys.get(mid);
      if (key !== undefined) paused.set(key, reason);
    }
    this.paused.set(paused);
  }

  /** Whose track a line carries, as `keyOf` says it. */
  keyOfLine(mid: string): string | undefined {
    return this.keys.get(mid);
  }

  private ask(command: "conference:receive" | "conference:restart"): Promise<void> {
    return this.negotiation.run(async () => {
      const reference = { conference_id: this.seat.conferenceId, transport_id: this.id };
      await this.answer(await this.signalling.command(command, reference));
    });
  }

  private async answer(offer: Offered): Promise<void> {
    if (this.isClosed) return;
    await this.peer.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    const answer = await this.peer.createAnswer();
    await this.peer.setLocalDescription(answer);
    // Shown before the server knows, so that the first frame has a place.
    this.tracks.set(this.readLines(offer));
    await this.signalling.command("conference:answer", {
      conference_id: this.seat.conferenceId,
      transport_id: this.id,
      offer_id: offer.offer_id,
      sdp: answer.sdp ?? "",
    });
    this.answered = offer.offer_id;
  }

  private readLines(offer: Offered): ReceivedTracks {
    const tracks = new Map<string, Received>();
    const byMid = new Map(this.peer.getTransceivers().map((line) => [line.mid, line]));
    this.keys.clear();
    for (const { mid, participant_id, source, kind } of offer.lines) {
      this.keys.set(mid, keyOf(participant_id, source));
      const track = byMid.get(mid)?.receiver.track;
      if (track === undefined) continue;
      const stream = this.streams.get(track) ?? new MediaStream([track]);
      this.streams.set(track, stream);
      tracks.set(keyOf(participant_id, source), { participantId: participant_id, source, kind, stream });
    }
    return tracks;
  }
}
