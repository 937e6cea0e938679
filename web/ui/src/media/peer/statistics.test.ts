import { describe, expect, it } from "vitest";

import { StatisticsReader } from "./statistics";

const report = (...rows: object[]) => new Map(rows.map((row) => [(row as { id: string }).id, row])) as unknown as RTCStatsReport;

describe("statistics", () => {
  it("makes rates and losses of two looks, and knows a relay", async () => {
    const sent = (at: number, bytes: number, frames: number) =>
      report(
        { id: "o", type: "outbound-rtp", timestamp: at, mid: "1", rid: "f", bytesSent: bytes, packetsSent: 1, framesSent: frames, frameWidth: 640, frameHeight: 360, codecId: "c", remoteId: "r" },
        { id: "r", type: "remote-inbound-rtp", timestamp: at, fractionLost: 0.05, roundTripTime: 0.042 },
        { id: "c", type: "codec", timestamp: at, mimeType: "video/VP8" },
        { id: "t", type: "transport", timestamp: at, selectedCandidatePairId: "cp" },
        { id: "cp", type: "candidate-pair", timestamp: at, localCandidateId: "l", currentRoundTripTime: 0.04 },
        { id: "l", type: "local-candidate", timestamp: at, candidateType: "relay", protocol: "udp", relayProtocol: "tls" },
      );
    const received = (at: number, packets: number, lost: number) =>
      report({ id: "i", type: "inbound-rtp", timestamp: at, mid: "0", bytesReceived: packets * 100, packetsReceived: packets, packetsLost: lost });
    let at = 0;
    const transports = {
      publish: { getStats: () => Promise.resolve(sent(1000 + at, 5000 * (1 + at / 1000), 10 + at / 50)), sourceOf: () => "camera" },
      receive: { getStats: () => Promise.resolve(received(1000 + at, 100 + at / 20, at / 200)), keyOfLine: () => "anna microphone" },
    } as never;
    const reader = new StatisticsReader();
    const first = await reader.read(transports);
    expect(first.streams.map(({ rateBps }) => rateBps)).toEqual([0, 0]);
    at = 2000;
    const { streams, routes } = await reader.read(transports);
    expect(streams[0]).toMatchObject({ owner: null, source: "camera", codec: "VP8", layer: "f", rateBps: 40_000, loss: 0.05, rttMs: 42, width: 640, height: 360, framesPerS: 20 });
    expect(streams[1]).toMatchObject({ owner: "anna", source: "microphone", rateBps: 40_000, loss: 10 / 110 });
    expect(routes.publish).toEqual({ relayed: true, protocol: "tls", rttMs: 40 });
    expect(routes.receive).toBeNull();
  });
});
