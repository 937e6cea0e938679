/**
 * The transport that carries what this person sends.
 *
 * How it works: one sendonly line per source is offered before any device answered; tracks come and go by
 * replaceTrack, so that turning the camera on, off or over to another device never renegotiates. The server says which
 * layers of a line somebody watches; the others are not encoded. A shared screen is different: its lines are made when it
 * begins, and said to be inactive when it ends, so that the others have a place for it only meanwhile.
 */
import type { ScreenHint, SharedScreen } from "@/media/capture/screen";
import type { SocketCommands, SocketEvents } from "@/protocol/socketEvents";

import { offerSoundRepair } from "./sdp";
import type { Signalling } from "./signalling";
import { Transport, type Seat } from "./transport";

export type Source = "microphone" | "camera" | "screen" | "screen_audio";

export const KIND_OF_SOURCE: Readonly<Record<Source, "audio" | "video">> = {
  microphone: "audio",
  camera: "video",
  screen: "video",
  screen_audio: "audio",
};

// A camera goes out in three sizes (of 720: 180, 360, 720 lines), each at three rates of frames; the server picks for each viewer.
const CAMERA_LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];
const TEMPORAL_LAYERS = "L1T3";
// A screen goes out in one size: half of it could not be read. The server still can leave frames out.
const SCREEN_SENDING: Readonly<Record<ScreenHint, { encoding: RTCRtpEncodingParameters; prefers: RTCDegradationPreference }>> = {
  detail: { encoding: { maxBitrate: 2_000_000, maxFramerate: 10 }, prefers: "maintain-resolution" },
  motion: { encoding: { maxBitrate: 3_000_000, maxFramerate: 30 }, prefers: "maintain-framerate" },
};

type LayersNeeded = SocketEvents["conference:layers"];
export type LocalTracks = Readonly<Partial<Record<Source, MediaStreamTrack | null>>>;
/** A screen that stands still sends nothing for seconds, so its silence says nothing of the line. */
const STEADY: ReadonlySet<Source> = new Set(["microphone", "camera"]);

export class PublishTransport extends Transport {
  private readonly lines = new Map<Source, RTCRtpTransceiver>();
  private readonly idle = new Set<Source>();

  /** tracks  every source to offer, with its track or null for later */
  constructor(signalling: Signalling, seat: Seat, tracks: LocalTracks, screen: SharedScreen, onState: () => void) {
    super(signalling, seat, onState);
    for (const [source, track] of Object.entries(tracks) as [Source, MediaStreamTrack | null][]) {
      this.lines.set(source, this.addLine(source, track, screen.hint));
    }
    this.shareLine("screen", screen.track, screen.hint);
    this.shareLine("screen_audio", screen.audio, screen.hint);
  }

  async open(): Promise<void> {
    await this.negotiate();
  }

  async restart(): Promise<void> {
    this.peer.restartIce();
    await this.negotiate();
  }

  countBytes(): Promise<number> {
    return this.sumBytes("outbound-rtp", "bytesSent");
  }

  /** What a line carries; undefined before it was negotiated. */
  sourceOf(mid: string): Source | undefined {
    return [...this.lines].find(([, line]) => line.mid === mid)?.[0];
  }

  /** Send this track from now on, or nothing. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const line = this.lines.get(source);
    if (line === undefined || this.isClosed || line.sender.track === track) return;
    await line.sender.replaceTrack(track);
  }

  /** Show this screen from now on, or none; raises ApiProblem. */
  async setScreen({ track, audio, hint }: SharedScreen): Promise<void> {
    if (this.isClosed) return;
    const changed = [this.shareLine("screen", track, hint), this.shareLine("screen_audio", audio, hint)];
    if (changed.includes(true)) await this.negotiate();
    if (track !== null) await this.negotiation.run(() => this.shapeScreen(hint));
  }

  /** Whether any line has a live track that somebody watches, so that packets should leave. */
  get isFed(): boolean {
    return [...this.lines].some(([source, line]) => STEADY.has(source) && line.sender.track?.readyState === "live" && !this.idle.has(source));
  }

  /** Send these layers of a line and pause its others; a request for another transport is not ours. */
  async keepLayers({ transport_id, mid, layers }: LayersNeeded): Promise<void> {
    if (transport_id !== this.id) return;
    // Between an offer and its answer parameters cannot be set.
    await this.negotiation.run(async () => {
      const found = [...this.lines].find(([, line]) => line.mid === mid);
      if (this.isClosed || found === undefined) return;
      const [source, { sender }] = found;
      if (layers.length === 0) this.idle.add(source);
      else this.idle.delete(source);
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) encoding.active = layers.includes(encoding.rid ?? "");
      await sender.setParameters(parameters);
    });
  }

  /** Give a screen's line its track; tell whether the server must hear of it. */
  private shareLine(source: "screen" | "screen_audio", track: MediaStreamTrack | null, hint: ScreenHint): boolean {
    const line = this.lines.get(source);
    if (line === undefined) {
      if (track !== null) this.lines.set(source, this.addLine(source, track, hint));
      return track !== null;
    }
    if (line.sender.track !== track) void line.sender.replaceTrack(track).catch(() => undefined);
    const direction = track === null ? "inactive" : "sendonly";
    if (line.direction === direction) return false;
    line.direction = direction;
    return true;
  }

  private async shapeScreen(hint: ScreenHint): Promise<void> {
    const sender = this.lines.get("screen")?.sender;
    if (this.isClosed || sender === undefined) return;
    const { encoding, prefers } = SCREEN_SENDING[hint];
    const parameters: RTCRtpSendParameters & { degradationPreference?: RTCDegradationPreference } = sender.getParameters();
    for (const one of parameters.encodings) Object.assign(one, encoding);
    parameters.degradationPreference = prefers;
    await sender.setParameters(parameters).catch(() => undefined);
  }

  private addLine(source: Source, track: MediaStreamTrack | null, hint: ScreenHint): RTCRtpTransceiver {
    const kind = KIND_OF_SOURCE[source];
    if (kind === "audio") return this.peer.addTransceiver(track ?? kind, { direction: "sendonly" });
    const layers = source === "camera" ? CAMERA_LAYERS : [SCREEN_SENDING[hint].encoding];
    try {
      const encodings = layers.map((layer) => ({ ...layer, scalabilityMode: TEMPORAL_LAYERS }));
      return this.peer.addTransceiver(track ?? kind, { direction: "sendonly", sendEncodings: encodings });
    } catch {
      // A browser that does not know the mode refuses it.
      return this.peer.addTransceiver(track ?? kind, { direction: "sendonly", sendEncodings: layers.map((layer) => ({ ...layer })) });
    }
  }

  private async makeOffer(): Promise<RTCSessionDescriptionInit> {
    const plain = await this.peer.createOffer();
    const offer = { type: plain.type, sdp: offerSoundRepair(plain.sdp ?? "") };
    try {
      await this.peer.setLocalDescription(offer);
      return offer;
    } catch {
      // A browser may refuse an offer that is not its own to the letter.
      await this.peer.setLocalDescription(plain);
      return plain;
    }
  }

  private async takeAnswer(sdp: string): Promise<void> {
    if (!this.isClosed) await this.peer.setRemoteDescription({ type: "answer", sdp });
  }

  private negotiate(): Promise<void> {
    return this.negotiation.run(async () => {
      if (this.isClosed) return;
      const offer = await this.makeOffer();
      const sources: Record<string, Source> = {};
      for (const [source, line] of this.lines) if (line.mid !== null && line.direction !== "inactive") sources[line.mid] = source;
      const command: SocketCommands["conference:publish"][0] = {
        conference_id: this.seat.conferenceId,
        transport_id: this.id,
        sdp: offer.sdp ?? "",
        sources,
      };
      const { sdp } = await this.signalling.command("conference:publish", command);
      await this.takeAnswer(sdp);
    });
  }
}
