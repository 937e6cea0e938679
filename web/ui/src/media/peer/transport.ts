/** What publishing and receiving have in common: one peer connection to the server, kept alive by Upkeep. */
import type { IceServer } from "@/protocol/conferences";

import { Queue } from "./queue";
import type { Signalling } from "./signalling";

/**
 * Let the browser start its media engine, which the first connection of a page waits for, while we wait for the seat.
 */
export async function warmUp(): Promise<void> {
  const peer = new RTCPeerConnection();
  peer.addTransceiver("audio", { direction: "sendonly" });
  peer.addTransceiver("video", { direction: "sendonly" });
  await peer.createOffer().catch(() => undefined);
  peer.close();
}

/** Where a transport belongs; a rejoin may change the ICE servers, never the conference. */
export interface Seat {
  conferenceId: string;
  iceServers: readonly IceServer[];
}

/** Unique enough for the server to tell transports of one participant apart. */
export function newTransportId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The server's list as the browser wants it: no nulls. */
export function toIceServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username != null && { username }),
    ...(credential != null && { credential }),
  }));
}

export abstract class Transport {
  readonly id = newTransportId();
  protected readonly peer: RTCPeerConnection;
  protected readonly negotiation = new Queue();
  private closed = false;

  constructor(
    protected readonly signalling: Signalling,
    protected readonly seat: Seat,
    onState: () => void,
  ) {
    this.peer = new RTCPeerConnection({
      iceServers: toIceServers(seat.iceServers),
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
    });
    this.peer.addEventListener("connectionstatechange", onState);
  }

  /** Negotiate for the first time; raises ApiProblem. */
  abstract open(): Promise<void>;

  /** New ICE credentials and candidates, the same keys and tracks; raises ApiProblem. */
  abstract restart(): Promise<void>;

  /** Payload bytes that went through so far. */
  abstract countBytes(): Promise<number>;

  /** What the browser counts of this connection; null when it is closed. */
  async getStats(): Promise<RTCStatsReport | null> {
    return this.closed ? null : this.peer.getStats();
  }

  get state(): RTCPeerConnectionState {
    return this.closed ? "closed" : this.peer.connectionState;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.peer.close();
  }

  protected async sumBytes(type: "inbound-rtp" | "outbound-rtp", field: "bytesReceived" | "bytesSent"): Promise<number> {
    if (this.closed) return 0;
    let total = 0;
    const report = await this.peer.getStats();
    report.forEach((row: { type: string } & Partial<Record<typeof field, number>>) => {
      if (row.type === type) total += row[field] ?? 0;
    });
    return total;
  }
}
