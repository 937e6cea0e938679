/** What this browser counts of its own connections (W3C webrtc-stats), as rates between two looks. */
import type { PublishTransport, Source } from "./publishing";
import type { ReceiveTransport } from "./receiving";

/** One stream: what we send (owner null), or what comes from somebody. */
export interface StreamStatistics {
  id: string;
  owner: string | null;
  source: Source;
  codec: string;
  /** RID of a layer; "" without. */
  layer: string;
  rateBps: number;
  /** Share of packets, 0..1; null where nobody told yet. */
  loss: number | null;
  rttMs: number | null;
  width: number;
  height: number;
  framesPerS: number;
}

/** How one connection reaches the server. */
export interface Route {
  relayed: boolean;
  protocol: string;
  rttMs: number | null;
}

export interface Statistics {
  streams: StreamStatistics[];
  routes: { publish: Route | null; receive: Route | null };
}

interface Row {
  id: string;
  type: string;
  timestamp: number;
  [name: string]: unknown;
}

interface Counted {
  at: number;
  octets: number;
  packets: number;
  lost: number;
  frames: number;
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const milliseconds = (seconds: unknown): number | null => (typeof seconds === "number" ? seconds * 1000 : null);

/** Turns reports into rates; keep one for as long as somebody looks. */
export class StatisticsReader {
  private before = new Map<string, Counted>();

  async read(transports: { publish: PublishTransport | null; receive: ReceiveTransport | null }): Promise<Statistics> {
    const { publish, receive } = transports;
    const [sent, received] = await Promise.all([publish?.getStats(), receive?.getStats()]);
    const after = new Map<string, Counted>();
    const sentRows = rowsOf(sent);
    const receivedRows = rowsOf(received);
    const streams: StreamStatistics[] = [];
    for (const row of sentRows.values()) {
      const source = row.type === "outbound-rtp" ? publish?.sourceOf(text(row.mid)) : undefined;
      if (source === undefined) continue;
      const remote = sentRows.get(text(row.remoteId));
      streams.push({
        ...this.describe(row, sentRows, "Sent", after),
        owner: null,
        source,
        loss: typeof remote?.fractionLost === "number" ? remote.fractionLost : null,
        rttMs: milliseconds(remote?.roundTripTime),
      });
    }
    for (const row of receivedRows.values()) {
      const key = row.type === "inbound-rtp" ? receive?.keyOfLine(text(row.mid)) : undefined;
      if (key === undefined) continue;
      const [owner = "", source = "microphone"] = key.split(" ");
      streams.push({ ...this.describe(row, receivedRows, "Received", after), owner, source: source as Source, rttMs: null });
    }
    this.before = after;
    return { streams, routes: { publish: routeOf(sentRows), receive: routeOf(receivedRows) } };
  }

  private describe(row: Row, rows: ReadonlyMap<string, Row>, way: "Sent" | "Received", after: Map<string, Counted>): Omit<StreamStatistics, "owner" | "source" | "rttMs"> {
    const now: Counted = {
      at: row.timestamp,
      octets: number(row[`bytes${way}`]),
      packets: number(row[`packets${way}`]),
      lost: number(row.packetsLost),
      frames: number(row[way === "Sent" ? "framesSent" : "framesDecoded"]),
    };
    after.set(row.id, now);
    const before = this.before.get(row.id) ?? now;
    const seconds = (now.at - before.at) / 1000;
    const per = (count: number) => (seconds > 0 && count > 0 ? count / seconds : 0);
    const expected = now.packets - before.packets + Math.max(0, now.lost - before.lost);
    return {
      id: row.id,
      codec: text(rows.get(text(row.codecId))?.mimeType).split("/")[1] ?? "",
      layer: text(row.rid),
      rateBps: per(8 * (now.octets - before.octets)),
      loss: expected > 0 ? Math.max(0, now.lost - before.lost) / expected : null,
      width: number(row.frameWidth),
      height: number(row.frameHeight),
      framesPerS: per(now.frames - before.frames),
    };
  }
}

function rowsOf(report: RTCStatsReport | null | undefined): Map<string, Row> {
  const rows = new Map<string, Row>();
  report?.forEach((row: Row) => rows.set(row.id, row));
  return rows;
}

function routeOf(rows: ReadonlyMap<string, Row>): Route | null {
  const all = [...rows.values()];
  const chosen = all.map((row) => (row.type === "transport" ? text(row.selectedCandidatePairId) : "")).find((id) => id !== "");
  // Firefox has no row for the transport.
  const pair = rows.get(chosen ?? "") ?? all.find((row) => row.type === "candidate-pair" && row.nominated === true && row.state === "succeeded");
  const local = pair && rows.get(text(pair.localCandidateId));
  if (pair === undefined || local === undefined) return null;
  const relayed = local.candidateType === "relay";
  return { relayed, protocol: text(relayed ? (local.relayProtocol ?? local.protocol) : local.protocol), rttMs: milliseconds(pair.currentRoundTripTime) };
}
