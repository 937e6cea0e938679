import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Signalling } from "@/media/peer/signalling";
import { conferenceDoors, type Conference, type ConferenceDoor, type Participant } from "@/protocol/conferences";
import { ApiProblem } from "@/protocol/problem";

import { Call, type CallOptions } from "./call";
import { readChoices } from "./choices";

class FakePeer extends EventTarget {
  static made: FakePeer[] = [];
  connectionState: RTCPeerConnectionState = "new";
  constructor() {
    super();
    FakePeer.made.push(this);
  }
  addTransceiver = () => ({ mid: "0", sender: { track: null, replaceTrack: () => Promise.resolve() } });
  createOffer = () => Promise.resolve({ type: "offer", sdp: "v=0 offer" });
  createAnswer = () => Promise.resolve({ type: "answer", sdp: "v=0 answer" });
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  getTransceivers = () => [];
  getStats = () => Promise.resolve(new Map());
  restartIce = () => undefined;
  close = () => void (this.connectionState = "closed");
  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
}

const person = (id: string, person_id: string): Participant => ({
  id,
  person_id,
  name: person_id,
  avatar_url: null,
  guest: false,
  audio: true,
  video: true,
  joined_at_ms: 1,
  left_at_ms: null,
  hand_raised_at_ms: null,
  muted_by: null,
});
const ME = person("seat-me", "me");
const ANNA = person("seat-anna", "anna");
const conference = (rev: number, participants: Participant[], state: "running" | "ended" = "running"): Conference => ({
  id: "k1",
  conversation_id: "c1",
  state,
  started_by: { id: "me", kind: "person", name: "me", avatar_url: null },
  started_at_ms: 0,
  ended_at_ms: state === "ended" ? 60_000 : null,
  participants,
  recording: null,
  moderator_id: "me",
  locked: false,
  speech_locked: false,
  removed: [],
  end_reason: "",
  watchers: [],
  shown: null,
  rev,
});

class FakeServer {
  linkState: "connecting" | "online" | "offline" = "online";
  asked: [string, Record<string, unknown>][] = [];
  answers: Record<string, () => unknown> = {
    "conference:join": () => ({ conference: conference(5, [ME]), participant_id: ME.id, ice_servers: [] }),
    "conference:publish": () => ({ sdp: "v=0 answer" }),
    "conference:receive": () => ({ offer_id: "o1", sdp: "v=0 offer", lines: [] }),
    "conference:restart": () => ({ offer_id: "o2", sdp: "v=0 offer", lines: [] }),
  };
  private readonly handlers = new Map<string, ((payload: unknown) => void)[]>();
  private readonly ready: (() => void)[] = [];
  renewals = 0;

  command = async (name: string, payload: Record<string, unknown>) => {
    this.asked.push([name, payload]);
    await Promise.resolve();
    return (this.answers[name] ?? (() => ({})))();
  };
  on = (name: string, handler: (payload: unknown) => void) => {
    this.handlers.set(name, [...(this.handlers.get(name) ?? []), handler]);
    return () => undefined;
  };
  onReady = (listener: () => void) => {
    this.ready.push(listener);
    return () => undefined;
  };
  onState = () => () => undefined;
  renew = () => void (this.renewals += 1);

  tell(name: string, payload: unknown): void {
    for (const handler of this.handlers.get(name) ?? []) handler(payload);
  }
  reconnect(): void {
    for (const listener of this.ready) listener();
  }
  count(name: string): number {
    return this.asked.filter(([asked]) => asked === name).length;
  }
  last(name: string): Record<string, unknown> {
    return this.asked.filter(([asked]) => asked === name).at(-1)![1];
  }
}

let server: FakeServer;
let call: Call;
const settle = () => vi.advanceTimersByTimeAsync(20);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  FakePeer.made = [];
  window.sessionStorage.clear();
  vi.spyOn(conferenceDoors, "start").mockResolvedValue({ conference_id: "k1" } as ConferenceDoor);
  server = new FakeServer();
  call = new Call(server as unknown as Signalling, { conversationId: "c1", conferenceId: null, audio: false, video: false });
});

afterEach(() => {
  call.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function joined(): Promise<void> {
  call.start();
  await settle();
  expect(call.state.get().phase).toBe("joined");
}

describe("a call", () => {
  it("that is being answered asks again until the answer is stored, and takes a refusal for a refusal afterwards", async () => {
    const seat = server.answers["conference:join"]!;
    let stored = false;
    server.answers["conference:join"] = () => {
      if (!stored) throw new ApiProblem("conversations.conference_not_found", 404, "");
      return seat();
    };
    const call = new Call(server as unknown as Signalling, { conversationId: "c1", conferenceId: "k1", answering: true, audio: false, video: false }, () => Date.now());
    call.start();
    await vi.advanceTimersByTimeAsync(400);
    expect(call.state.get().phase).toBe("starting");
    expect(server.count("conference:join")).toBe(3);
    stored = true;
    await vi.advanceTimersByTimeAsync(160);
    expect(call.state.get().phase).toBe("joined");
    stored = false;
    vi.spyOn(conferenceDoors, "read").mockRejectedValue(new ApiProblem("conversations.conference_not_found", 404, ""));
    server.reconnect();
    await settle();
    expect(call.state.get().phase).toBe("refused");
    call.stop();
  });

  it("that somebody else answered says so after ten seconds", async () => {
    server.answers["conference:join"] = () => {
      throw new ApiProblem("conversations.conference_not_found", 404, "");
    };
    vi.spyOn(conferenceDoors, "read").mockRejectedValue(new ApiProblem("conversations.conference_not_found", 404, ""));
    const call = new Call(server as unknown as Signalling, { conversationId: "c1", conferenceId: "k1", answering: true, audio: false, video: false }, () => Date.now());
    call.start();
    await vi.advanceTimersByTimeAsync(9_900);
    expect(call.state.get().phase).toBe("starting");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call.state.get()).toMatchObject({ phase: "refused", problem: { status: 404 } });
    call.stop();
  });

  it("asks for no device before somebody is known to be signed in", async () => {
    const getUserMedia = vi.fn().mockRejectedValue(new DOMException("", "NotAllowedError"));
    const mediaDevices = { getUserMedia, addEventListener: vi.fn(), removeEventListener: vi.fn(), enumerateDevices: () => Promise.resolve([]) };
    Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: mediaDevices });
    const call = new Call(server as unknown as Signalling, { conversationId: "c1", conferenceId: null, audio: true, video: true });
    let resolve: () => void = () => undefined;
    call.start(new Promise<void>((done) => (resolve = done)));
    await settle();
    expect(call.state.get().phase).toBe("joined");
    expect(server.last("conference:join")).toMatchObject({ audio: true, video: true });
    expect(getUserMedia).not.toHaveBeenCalled();
    resolve();
    await settle();
    expect(getUserMedia).toHaveBeenCalled();
    call.stop();
    Reflect.deleteProperty(navigator, "mediaDevices");
  });

  it("asks for the conference, sits down, and opens both transports", async () => {
    await joined();
    expect(server.asked.map(([name]) => name)).toEqual([
      "conference:join",
      "conference:receive",
      "conference:answer",
      "conference:publish",
    ]);
    expect(call.state.get().participantId).toBe(ME.id);
  });

  it("keeps somebody whose coming overtook the answer to its own join", async () => {
    server.answers["conference:join"] = () => {
      server.tell("participant:joined", { conversation_id: "c1", rev: 6, conference_id: "k1", participant: ANNA });
      return { conference: conference(5, [ME]), participant_id: ME.id, ice_servers: [] };
    };
    await joined();
    expect(call.state.get().conference?.participants.map(({ id }) => id)).toEqual([ME.id, ANNA.id]);
  });

  it("joins again with the same instance over a new socket, and keeps what is connected", async () => {
    await joined();
    const [, receive, publish] = FakePeer.made;
    receive!.become("connected");
    publish!.become("connected");
    expect(call.state.get().link).toBe("connected");
    const { instance_id } = server.last("conference:join");
    server.reconnect();
    await settle();
    expect(server.count("conference:join")).toBe(2);
    expect(server.last("conference:join").instance_id).toBe(instance_id);
    expect([server.count("conference:restart"), server.count("conference:publish")]).toEqual([1, 1]);
    expect(FakePeer.made).toHaveLength(3);
  });

  it("builds both transports anew when its seat is another one", async () => {
    await joined();
    FakePeer.made.forEach((peer) => peer.become("connected"));
    server.answers["conference:join"] = () => ({ conference: conference(9, [ME]), participant_id: "seat-new", ice_servers: [] });
    server.reconnect();
    await settle();
    expect([server.count("conference:receive"), server.count("conference:publish")]).toEqual([2, 2]);
  });

  it("answers an offer that is told twice once", async () => {
    await joined();
    const { transport_id } = server.last("conference:receive");
    const offer = { conference_id: "k1", transport_id, offer_id: "o7", sdp: "v=0 offer", lines: [] };
    server.tell("conference:offer", offer);
    server.tell("conference:offer", offer);
    await settle();
    const answers = server.asked.filter(([name]) => name === "conference:answer");
    expect(answers.map(([, { offer_id }]) => offer_id)).toEqual(["o1", "o7"]);
  });

  it("keeps trying while the server cannot answer", async () => {
    let failures = 2;
    const answer = server.answers["conference:join"]!;
    server.answers["conference:join"] = () => {
      if (failures-- > 0) throw new ApiProblem("network.timeout", 0, "");
      return answer();
    };
    call.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([call.state.get().phase, server.count("conference:join")]).toEqual(["joined", 3]);
  });

  it("says that it ended when it ended while this tab was away", async () => {
    await joined();
    vi.spyOn(conferenceDoors, "read").mockResolvedValue(conference(9, [ME], "ended"));
    server.answers["conference:join"] = () => {
      throw new ApiProblem("conversations.conference_ended", 409, "");
    };
    server.reconnect();
    await settle();
    expect([call.state.get().phase, call.state.get().conference?.ended_at_ms]).toEqual(["ended", 60_000]);
    expect(new Set(FakePeer.made.map(({ connectionState }) => connectionState))).toEqual(new Set(["closed"]));
  });

  it("does not fight for its seat with another tab of the same person", async () => {
    await joined();
    server.tell("participant:left", { conversation_id: "c1", rev: 6, conference_id: "k1", participant: { ...ME, left_at_ms: 5 } });
    server.tell("conference:replaced", { conference_id: "k1" });
    await vi.advanceTimersByTimeAsync(5_000);
    expect([call.state.get().phase, server.count("conference:join")]).toEqual(["replaced", 1]);
    call.restart();
    await settle();
    expect([call.state.get().phase, server.count("conference:join")]).toEqual(["joined", 2]);
  });

  it("sits down again when the server put it out by mistake", async () => {
    await joined();
    server.tell("participant:left", { conversation_id: "c1", rev: 6, conference_id: "k1", participant: { ...ME, left_at_ms: 5 } });
    await vi.advanceTimersByTimeAsync(2_500);
    expect(server.count("conference:join")).toBe(2);
  });

  it("asks at once whether the socket lives when the network came back", async () => {
    await joined();
    server.answers["conference:state"] = () => {
      throw new ApiProblem("network.timeout", 0, "");
    };
    window.dispatchEvent(new Event("online"));
    await settle();
    expect(server.renewals).toBe(1);
  });

  it("leaves with a word, and closes everything", async () => {
    await joined();
    await call.leave();
    expect([call.state.get().phase, server.count("conference:leave")]).toEqual(["left", 1]);
    expect(new Set(FakePeer.made.map(({ connectionState }) => connectionState))).toEqual(new Set(["closed"]));
  });
});

describe("a reload in the middle of a call", () => {
  const again = (options: Partial<CallOptions> = {}) => new Call(server as unknown as Signalling, { conversationId: "c1", conferenceId: null, audio: true, video: true, ...options });

  it("comes back with microphone and camera as they were, whatever the address says", async () => {
    call.stop();
    call = again();
    call.start();
    await settle();
    await call.toggleMicrophone();
    await call.toggleCamera();
    // A page that is reloaded says nothing more.
    call.stop();
    call = again();
    call.start();
    await settle();
    expect([call.capture.microphone.get().wanted, call.capture.camera.get().wanted]).toEqual([false, false]);
    expect(server.last("conference:join")).toMatchObject({ audio: false, video: false });
    // The server's connection is lost: the same holds for whoever takes the seat again.
    server.reconnect();
    await settle();
    expect(server.last("conference:join")).toMatchObject({ audio: false, video: false });
    await call.toggleMicrophone();
    call.stop();
    expect(again().capture.microphone.get().wanted).toBe(false);
    call = again();
    call.start();
    await settle();
    expect([call.capture.microphone.get().wanted, call.capture.camera.get().wanted]).toEqual([true, false]);
  });

  it("begins as its page says after the call was left, and where devices were just tried", async () => {
    call.stop();
    call = again({ audio: false, video: false });
    call.start();
    await settle();
    call.stop();
    call = again({ effects: [] });
    call.start();
    await settle();
    expect(call.capture.camera.get().wanted).toBe(true);
    await call.toggleCamera();
    await call.leave();
    call.stop();
    call = again();
    call.start();
    await settle();
    expect(call.capture.camera.get().wanted).toBe(true);
  });

  it("of a guest keeps what was chosen after the call, too", async () => {
    call.stop();
    call = again({ choicesName: "guest", video: false });
    call.start();
    await settle();
    await call.leave();
    call.stop();
    expect(readChoices("guest")).toMatchObject({ audio: true, video: false });
  });
});
