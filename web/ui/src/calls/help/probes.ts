/** Tries by which ways sound and picture get from this browser to the server (BEY-061). */
import { api } from "@/calls/rest";
import { toIceServers } from "@/media/peer/transport";
import type { IceServer } from "@/protocol/conferences";

const PATIENCE_MS = 12_000;

export type Way = "udp" | "tcp" | "relay";

/** One way to try. `url` and `place` (host and port) are a relay's; `over` is what this browser speaks on the first hop. */
export interface Probe {
  id: string;
  way: Way;
  over: "udp" | "tcp" | "tls";
  url: string;
  place: string;
  server: IceServer | null;
}

/** What came of it. `ports`: the server's, as its answer names them; `rttMs`: round trip, when the browser knows it. */
export interface Outcome {
  works: boolean;
  rttMs: number | null;
  ports: string[];
}

/** "turn:host:port?transport=tcp" taken apart; null: not a relay's URL (RFC 7065). */
export function parseRelay(url: string): { over: Probe["over"]; place: string } | null {
  const found = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url);
  if (found === null) return null;
  const [, scheme, host, port, transport] = found;
  const isTls = scheme?.toLowerCase() === "turns";
  const over = isTls ? "tls" : transport === "tcp" ? "tcp" : "udp";
  return { over, place: `${host}:${port ?? (isTls ? "5349" : "3478")}` };
}

/** Everything there is to try, the best way first. */
export function listProbes(iceServers: readonly IceServer[], overTcp: boolean): Probe[] {
  const probes: Probe[] = [{ id: "udp", way: "udp", over: "udp", url: "", place: "", server: null }];
  if (overTcp) probes.push({ id: "tcp", way: "tcp", over: "tcp", url: "", place: "", server: null });
  for (const server of iceServers) {
    for (const url of server.urls) {
      const relay = parseRelay(url);
      if (relay !== null) probes.push({ id: `relay-${relay.over}-${relay.place}`, way: "relay", url, server, ...relay });
    }
  }
  return probes;
}

/** The answer with no candidates but those of one transport. */
export function keepCandidates(sdp: string, transport: "udp" | "tcp"): string {
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") || line.split(" ")[2]?.toLowerCase() === transport)
    .join("\r\n");
}

/** The ports of the candidates of one transport, each once. */
export function listPorts(sdp: string, transport: "udp" | "tcp"): string[] {
  const ports = sdp
    .split("\r\n")
    .filter((line) => line.startsWith("a=candidate:"))
    .map((line) => line.split(" "))
    .filter((words) => words[2]?.toLowerCase() === transport)
    .map((words) => words[5] ?? "");
  return [...new Set(ports)];
}

async function readRtt(peer: RTCPeerConnection): Promise<number | null> {
  const report = (await peer.getStats()) as unknown as Map<string, Record<string, unknown>>;
  for (const row of report.values()) {
    if (row.type === "candidate-pair" && row.nominated === true && typeof row.currentRoundTripTime === "number") {
      return Math.round(row.currentRoundTripTime * 1000);
    }
  }
  return null;
}

function settle(peer: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState !== "connected" && peer.connectionState !== "failed") return;
      clearTimeout(timer);
      resolve(peer.connectionState === "connected");
    });
  });
}

/** Try one way; raises ApiProblem when the server refuses to take part. */
export async function run(probe: Probe): Promise<Outcome> {
  const peer = new RTCPeerConnection({
    bundlePolicy: "max-bundle",
    ...(probe.server !== null && {
      iceServers: toIceServers([{ ...probe.server, urls: [probe.url] }]),
      iceTransportPolicy: "relay" as const,
    }),
  });
  try {
    peer.addTransceiver("audio", { direction: "sendonly" });
    await peer.setLocalDescription();
    const { sdp } = await api.lineTest.open(peer.localDescription?.sdp ?? "");
    const transport = probe.way === "tcp" ? "tcp" : "udp";
    const done = settle(peer);
    await peer.setRemoteDescription({ type: "answer", sdp: keepCandidates(sdp, transport) });
    const works = await done;
    return { works, rttMs: works ? await readRtt(peer) : null, ports: listPorts(sdp, transport) };
  } finally {
    peer.close();
  }
}

/** The best way that works: what a call takes; null: none does. */
export function chooseWay(probes: readonly Probe[], outcomes: ReadonlyMap<string, Outcome>): Probe | null {
  return probes.find((probe) => outcomes.get(probe.id)?.works === true) ?? null;
}
