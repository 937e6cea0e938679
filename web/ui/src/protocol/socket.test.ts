// @vitest-environment node
import { expect, test, vi } from "vitest";

import { ApiProblem, parseProblem } from "./problem";
import { buildPath, request } from "./rest";
import { serverNow } from "./serverClock";
import { SocketLink, type Wire } from "./socket";

/** A wire in memory: what the server would do is told by the test. */
function fakeWire(ack: (name: string, payload: unknown) => Promise<unknown>) {
  const handlers = new Map<string, ((payload?: unknown) => void)[]>();
  const wire = {
    connected: false,
    connect: vi.fn(),
    disconnect: vi.fn(),
    emit: vi.fn(),
    on: (name: string, handler: (payload?: unknown) => void) => handlers.set(name, [...(handlers.get(name) ?? []), handler]),
    off: vi.fn(),
    onAny: vi.fn(),
    offAny: vi.fn(),
    timeout: () => ({ emitWithAck: ack }),
  };
  const tell = (name: string, payload?: unknown) => {
    if (name === "connect") wire.connected = true;
    if (name === "disconnect") wire.connected = false;
    handlers.get(name)?.forEach((handler) => handler(payload));
  };
  return { wire, link: new SocketLink(wire as unknown as Wire), tell };
}

test("an ack that is ok resolves the command", async () => {
  const { link, tell } = fakeWire(() => Promise.resolve({ ok: true, sdp: "v=0" }));
  link.open();
  tell("connect");
  const answer = await link.command("conference:publish", { conference_id: "k", transport_id: "t", sdp: "v=0 offer", sources: {} });
  expect(answer.sdp).toBe("v=0");
});

test("a refused command rejects with the server's code", async () => {
  const error = { code: "conversations.not_found", status: 404, detail: "No." };
  const { link, tell } = fakeWire(() => Promise.resolve({ ok: false, error }));
  link.open();
  tell("connect");
  await expect(link.command("typing:start", { conversation_id: "c1" })).rejects.toMatchObject({ code: "conversations.not_found", status: 404 });
});

test("a lost ack is a timeout, which is worth repeating", async () => {
  const { link, tell } = fakeWire(() => Promise.reject(new Error("operation has timed out")));
  link.open();
  tell("connect");
  const failure = await link.command("typing:start", { conversation_id: "c1" }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApiProblem);
  expect((failure as ApiProblem).isTransient).toBe(true);
});

test("without a connection nothing is sent", async () => {
  const { link, wire } = fakeWire(() => Promise.resolve({ ok: true }));
  await expect(link.command("typing:start", { conversation_id: "c1" })).rejects.toMatchObject({ code: "network.unreachable" });
  link.hint("typing:start", { conversation_id: "c1" });
  expect(wire.emit).not.toHaveBeenCalled();
});

test("every connection asks for what was missed, and a server that hangs up is called again", () => {
  const { link, wire, tell } = fakeWire(() => Promise.resolve({ ok: true }));
  const onReady = vi.fn();
  link.onReady(onReady);
  link.open();
  tell("connect");
  tell("disconnect", "io server disconnect");
  expect(link.linkState).toBe("connecting");
  expect(wire.connect).toHaveBeenCalledTimes(2);
  tell("connect");
  expect(onReady).toHaveBeenCalledTimes(2);
});

test("a closed link says so to the server and does not come back", () => {
  const { link, wire, tell } = fakeWire(() => Promise.resolve({ ok: true }));
  link.open();
  tell("connect");
  link.close();
  expect(wire.emit).toHaveBeenCalledWith("tab:closing", {});
  tell("disconnect", "io client disconnect");
  expect(link.linkState).toBe("offline");
  expect(wire.connect).toHaveBeenCalledTimes(1);
});

test("a refused connection names its problem", () => {
  const { link, tell } = fakeWire(() => Promise.resolve({ ok: true }));
  const onRefused = vi.fn();
  link.onRefused(onRefused);
  link.open();
  tell("connect_error", Object.assign(new Error("refused"), { data: { code: "accounts.sign_in_required", status: 401, detail: "" } }));
  expect(onRefused).toHaveBeenCalledWith(expect.objectContaining({ status: 401 }));
});

test("a query leaves out what is empty", () => {
  expect(buildPath("people", { q: "Łoś & syn", cursor: null, limit: 5 })).toBe("/api/v1/people?q=%C5%81o%C5%9B+%26+syn&limit=5");
});

test("a REST problem keeps code, fields and the time to wait", async () => {
  const body = { code: "core.invalid", status: 422, detail: "Wrong.", errors: [{ path: "email", kind: "value_error", message: "No address." }] };
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status: 422, headers: { "retry-after": "3" } })));
  const failure = await request("POST", "people", { json: {} }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "core.invalid", status: 422, retryAfterS: 3, errors: [{ field: "email", detail: "No address." }] });
  vi.unstubAllGlobals();
});

test("an answer that is no problem document is broken, not a crash", () => {
  expect(parseProblem("<html>", 502)).toMatchObject({ code: "network.broken", status: 502, isTransient: true });
});

test("who listens late hears what came before, once and in order", () => {
  const { link, wire } = fakeWire(() => Promise.resolve({ ok: true }));
  const [keep] = wire.onAny.mock.calls[0] as [(name: string, payload: unknown) => void];
  keep("conference:ringing", 1);
  keep("message:posted", 2);
  const first: unknown[] = [];
  const second: unknown[] = [];
  link.onAny((name, payload) => first.push([name, payload]));
  link.onAny((name, payload) => second.push([name, payload]));
  expect(first).toEqual([
    ["conference:ringing", 1],
    ["message:posted", 2],
  ]);
  expect(second).toEqual([]);
  expect(wire.offAny).toHaveBeenCalledWith(keep);
});

test("each new connection asks the server for the time", async () => {
  const told_ms = Date.now() + 300_000;
  const { link, tell } = fakeWire((name) => (name === "clock:read" ? Promise.resolve({ ok: true, now_ms: told_ms }) : Promise.reject(new Error(name))));
  link.open();
  tell("connect");
  await vi.waitFor(() => expect(Math.abs(serverNow() - told_ms)).toBeLessThan(2_000));
  link.close();
});
