/** What publishing and receiving have in common: one peer connection to the server, kept alive by Upkeep. */
import { closePeer, openPeer, type Direction, type TaggedPeer } from "./peers";
import { Queue } from "./queue";
import type { Signalling } from "./signalling";
import type { IceServer } from "@/protocol/types";

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

export abstract class Transport {
  readonly id = newTransportId();
  protected readonly peer: TaggedPeer;
  protected readonly negotiation = new Queue();
  private closed = false;

  constructor(
    protected readonly signalling: Signalling,
    protected readonly seat: Seat,
    direction: Direction,
    onState: () => void,
  ) {
    this.peer = openPeer(direction, seat.iceServers);
    this.peer.addEventListener("connectionstatechange", onState);
  }

  /** Negotiate for the first time; raises ApiProblem. */
  abstract open(): Promise<void>;

  /** New ICE credentials and candidates, the same keys and tracks; raises ApiProblem. */
  abstract restart(): Promise<void>;

  /** Payload bytes that went through so far. */
  abstract countBytes(): Promise<number>;

  get state(): RTCPeerConnectionState {
    return this.closed ? "closed" : this.peer.connectionState;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closePeer(this.peer);
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
