/**
 * The transport that carries what this person sends.
 *
 * How it works: one sendonly line per source is offered before any device answered; tracks come and go by
 * replaceTrack, so that turning the camera on, off or over to another device never renegotiates.
 */
import type { SocketCommands } from "@/protocol/types";

import type { Signalling } from "./signalling";
import { Transport, type Seat } from "./transport";

export type Source = "microphone" | "camera" | "screen" | "screen_audio";

export const KIND_OF_SOURCE: Readonly<Record<Source, "audio" | "video">> = {
  microphone: "audio",
  camera: "video",
  screen: "video",
  screen_audio: "audio",
};

// What 640x360 at 24 frames/s needs; more would only be divided among the viewers' downlinks.
const CAMERA_MAX_BPS = 900_000;

export type LocalTracks = Readonly<Partial<Record<Source, MediaStreamTrack | null>>>;

export class PublishTransport extends Transport {
  private readonly lines = new Map<Source, RTCRtpTransceiver>();

  /** tracks  every source to offer, with its track or null for later */
  constructor(signalling: Signalling, seat: Seat, tracks: LocalTracks, onState: () => void) {
    super(signalling, seat, onState);
    for (const [source, track] of Object.entries(tracks) as [Source, MediaStreamTrack | null][]) {
      this.lines.set(source, this.addLine(source, track));
    }
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

  /** Send this track from now on, or nothing. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const line = this.lines.get(source);
    if (line === undefined || this.isClosed || line.sender.track === track) return;
    await line.sender.replaceTrack(track);
  }

  /** Whether any line has a live track, so that packets should leave. */
  get isFed(): boolean {
    return [...this.lines.values()].some((line) => line.sender.track?.readyState === "live");
  }

  private addLine(source: Source, track: MediaStreamTrack | null): RTCRtpTransceiver {
    const kind = KIND_OF_SOURCE[source];
    return this.peer.addTransceiver(track ?? kind, {
      direction: "sendonly",
      ...(source === "camera" && { sendEncodings: [{ maxBitrate: CAMERA_MAX_BPS }] }),
    });
  }

  private async takeAnswer(sdp: string): Promise<void> {
    if (!this.isClosed) await this.peer.setRemoteDescription({ type: "answer", sdp });
  }

  private negotiate(): Promise<void> {
    return this.negotiation.run(async () => {
      if (this.isClosed) return;
      const offer = await this.peer.createOffer();
      await this.peer.setLocalDescription(offer);
      const sources: Record<string, Source> = {};
      for (const [source, line] of this.lines) if (line.mid !== null) sources[line.mid] = source;
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
