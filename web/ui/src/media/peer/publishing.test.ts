import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { NO_SCREEN } from "@/media/capture/screen";

import { PublishTransport } from "./publishing";
import type { Signalling } from "./signalling";

interface FakeSender {
  track: { readyState: string } | null;
  encodings: RTCRtpEncodingParameters[];
}

class FakePeer extends EventTarget {
  static refusesModes = false;
  static senders: FakeSender[] = [];
  connectionState = "connected";
  addTransceiver(track: unknown, init: RTCRtpTransceiverInit) {
    const encodings = init.sendEncodings ?? [{}];
    if (FakePeer.refusesModes && encodings.some((one) => "scalabilityMode" in one)) throw new Error("no such mode");
    const sender: FakeSender = { track: typeof track === "string" ? null : { readyState: "live" }, encodings };
    FakePeer.senders.push(sender);
    return {
      mid: String(FakePeer.senders.length - 1),
      sender: {
        get track() {
          return sender.track;
        },
        getParameters: () => ({ encodings: sender.encodings.map((one) => ({ ...one })) }),
        setParameters: ({ encodings: changed }: { encodings: RTCRtpEncodingParameters[] }) => {
          sender.encodings = changed;
          return Promise.resolve();
        },
      },
    };
  }
  close = () => undefined;
}

const track = {} as MediaStreamTrack;
const make = () => new PublishTransport({} as Signalling, { conferenceId: "k1", iceServers: [] }, { microphone: null, camera: track }, NO_SCREEN, () => undefined);

describe("a camera's layers", () => {
  beforeEach(() => {
    FakePeer.senders = [];
    FakePeer.refusesModes = false;
    vi.stubGlobal("RTCPeerConnection", FakePeer);
  });
  afterEach(() => vi.unstubAllGlobals());

  const active = () => FakePeer.senders[1]?.encodings.map(({ rid, active: on }) => [rid, on]);

  it("are three, with temporal layers where the browser knows them", () => {
    make();
    expect(FakePeer.senders[0]?.encodings).toEqual([{}]);
    expect(FakePeer.senders[1]?.encodings.map((one) => one.rid)).toEqual(["q", "h", "f"]);
    expect(FakePeer.senders[1]?.encodings[0]).toHaveProperty("scalabilityMode", "L1T3");
    FakePeer.refusesModes = true;
    FakePeer.senders = [];
    make();
    expect(FakePeer.senders[1]?.encodings.map((one) => one.rid)).toEqual(["q", "h", "f"]);
    expect(FakePeer.senders[1]?.encodings[0]).not.toHaveProperty("scalabilityMode");
  });

  it("go on and off as the server asks, and an unwatched camera is not missed", async () => {
    const transport = make();
    const asked = { conference_id: "k1", transport_id: transport.id, mid: "1", source: "camera" as const };
    expect(transport.isFed).toBe(true);
    await transport.keepLayers({ ...asked, layers: ["q"] });
    expect(active()).toEqual([["q", true], ["h", false], ["f", false]]);
    await transport.keepLayers({ ...asked, layers: [] });
    expect(transport.isFed).toBe(false);
    await transport.keepLayers({ ...asked, transport_id: "another", layers: ["q"] });
    expect(active()).toEqual([["q", false], ["h", false], ["f", false]]);
    await transport.keepLayers({ ...asked, layers: ["q", "f"] });
    expect(active()).toEqual([["q", true], ["h", false], ["f", true]]);
    expect(transport.isFed).toBe(true);
  });
});
