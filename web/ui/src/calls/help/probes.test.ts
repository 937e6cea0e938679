import { describe, expect, it } from "vitest";

import { chooseWay, keepCandidates, listPorts, listProbes, parseRelay } from "./probes";

const SDP = [
  "v=0",
  "a=candidate:1 1 udp 2130706431 192.0.2.1 8081 typ host",
  "a=candidate:2 1 udp 2130706430 192.0.2.2 8081 typ host",
  "a=candidate:3 1 tcp 1518280447 192.0.2.1 9081 typ host tcptype passive",
  "a=end-of-candidates",
  "",
].join("\r\n");

describe("relay addresses", () => {
  it("are taken apart, with the ports of the standard where none is named", () => {
    expect(parseRelay("turn:talk.example.com:3479?transport=udp")).toEqual({ over: "udp", place: "talk.example.com:3479" });
    expect(parseRelay("turn:talk.example.com?transport=tcp")).toEqual({ over: "tcp", place: "talk.example.com:3478" });
    expect(parseRelay("turns:talk.example.com?transport=tcp")).toEqual({ over: "tls", place: "talk.example.com:5349" });
    expect(parseRelay("turns:[2001:db8::1]:443")).toEqual({ over: "tls", place: "[2001:db8::1]:443" });
    expect(parseRelay("stun:talk.example.com")).toBeNull();
  });
});

describe("what is tried", () => {
  it("is UDP, TCP where there is any, and each relay", () => {
    const servers = [{ urls: ["stun:a"] }, { urls: ["turn:a?transport=udp", "turns:a:443"], username: "u", credential: "c" }];
    expect(listProbes(servers, true).map((probe) => probe.id)).toEqual(["udp", "tcp", "relay-udp-a:3478", "relay-tls-a:443"]);
    expect(listProbes([], false).map((probe) => probe.id)).toEqual(["udp"]);
  });

  it("goes by candidates of one transport alone", () => {
    expect(keepCandidates(SDP, "tcp")).not.toContain(" udp ");
    expect(keepCandidates(SDP, "tcp")).toContain("9081 typ host tcptype passive");
    expect(keepCandidates(SDP, "udp").split("a=candidate").length).toBe(3);
    expect(listPorts(SDP, "udp")).toEqual(["8081"]);
    expect(listPorts(SDP, "tcp")).toEqual(["9081"]);
  });
});

describe("what a call will use", () => {
  it("is the first way that works", () => {
    const probes = listProbes([{ urls: ["turns:a:443"] }], true);
    const outcome = (works: boolean) => ({ works, rttMs: null, ports: [] });
    const outcomes = new Map([
      ["udp", outcome(false)],
      ["tcp", outcome(true)],
      ["relay-tls-a:443", outcome(true)],
    ]);
    expect(chooseWay(probes, outcomes)?.id).toBe("tcp");
    outcomes.set("tcp", outcome(false));
    expect(chooseWay(probes, outcomes)?.over).toBe("tls");
    expect(chooseWay(probes, new Map())).toBeNull();
  });
});
