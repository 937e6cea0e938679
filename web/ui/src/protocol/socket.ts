/** The socket: commands as promises, events by name, and when to catch up. */
import { io, type Socket } from "socket.io-client";

import { ApiProblem, parseProblem } from "./problem";
import { serverClock } from "./serverClock";
import type { SocketCommandName, SocketCommands, SocketEventName, SocketEvents } from "./socketEvents";

const ACK_TIMEOUT_MS = 10_000;
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 8_000;
/** How soon a page whose computer slept, or whose clock was set, asks the server for the time. */
const CLOCK_LOOKED_AT_MS = 2_000;

export type LinkState = "connecting" | "online" | "offline";

type Handler<Name extends SocketEventName> = (payload: SocketEvents[Name]) => void;

/** The part of socket.io's client that we use, so that a test can stand in for it. */
export type Wire = Pick<Socket, "on" | "off" | "connect" | "disconnect" | "connected" | "timeout" | "emit" | "onAny" | "offAny">;

/** token  of a guest; people come with their session's cookie */
export function openWire(token?: string): Wire {
  return io("/", {
    path: "/socket.io",
    autoConnect: false,
    ...(token !== undefined && { auth: { token } }),
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    withCredentials: true,
    reconnectionDelay: RECONNECT_MIN_MS,
    reconnectionDelayMax: RECONNECT_MAX_MS,
  });
}

/**
 * One connection of this tab.
 *
 * It connects on `open`, comes back by itself after every loss, and calls `onReady` each time it is online:
 * what happened in between has to be asked for then.
 */
export class SocketLink {
  private state: LinkState = "offline";
  private readonly stateListeners = new Set<(state: LinkState) => void>();
  private readonly readyListeners = new Set<() => void>();
  private readonly refusedListeners = new Set<(problem: ApiProblem) => void>();
  private readonly wire: Wire;
  private wanted = false;
  private timer: ReturnType<typeof setInterval> | null = null;
  private unheard: [string, unknown][] | null = [];
  private readonly keepUnheard = (name: string, payload: unknown) => void this.unheard?.push([name, payload]);

  constructor(wire?: Wire) {
    this.wire = wire ?? openWire();
    this.wire.onAny(this.keepUnheard);
    this.wire.on("connect", () => {
      this.setState("online");
      void this.askTime();
      for (const listener of this.readyListeners) listener();
    });
    this.wire.on("disconnect", (reason) => {
      this.setState(this.wanted ? "connecting" : "offline");
      // socket.io does not come back by itself when the server closed the connection.
      if (this.wanted && reason === "io server disconnect") this.wire.connect();
    });
    this.wire.on("connect_error", (error: Error & { data?: unknown }) => {
      this.setState("connecting");
      const problem = parseProblem(error.data, 0);
      if (problem.code === "network.broken") return;
      for (const listener of this.refusedListeners) listener(problem);
    });
  }

  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.timer ??= setInterval(() => {
      if (serverClock.isDoubtful) void this.askTime();
    }, CLOCK_LOOKED_AT_MS);
    this.setState("connecting");
    this.wire.connect();
  }

  close(): void {
    this.wanted = false;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    if (this.wire.connected) this.wire.emit("tab:closing", {});
    this.wire.disconnect();
    this.setState("offline");
  }

  /** The connection may be dead without knowing it (sleep, another network): drop it and connect anew. */
  renew(): void {
    if (!this.wanted) return;
    this.wire.disconnect();
    this.wire.connect();
  }

  get linkState(): LinkState {
    return this.state;
  }

  onState(listener: (state: LinkState) => void): () => void {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  }

  /** Called after every (re)connection. */
  onReady(listener: () => void): () => void {
    this.readyListeners.add(listener);
    return () => this.readyListeners.delete(listener);
  }

  /** Called when the server refuses the connection with a code, for one because the session ended. */
  onRefused(listener: (problem: ApiProblem) => void): () => void {
    this.refusedListeners.add(listener);
    return () => this.refusedListeners.delete(listener);
  }

  on<Name extends SocketEventName>(name: Name, handler: Handler<Name>): () => void {
    const event: string = name;
    const listener = (payload: SocketEvents[Name]) => handler(payload);
    this.wire.on(event, listener);
    return () => this.wire.off(event, listener);
  }

  /** Called for every event, before or after the named handlers; the first caller gets also those that came before it. */
  onAny(handler: (name: string, payload: unknown) => void): () => void {
    if (this.unheard !== null) {
      this.wire.offAny(this.keepUnheard);
      for (const [name, payload] of this.unheard) handler(name, payload);
      this.unheard = null;
    }
    this.wire.onAny(handler);
    return () => this.wire.offAny(handler);
  }

  /**
   * Send a command and wait for its ack.
   *
   * raises  ApiProblem with the server's code, or `network.timeout` when no ack came in time
   */
  async command<Name extends SocketCommandName>(
    name: Name,
    payload: SocketCommands[Name][0],
    timeoutMs = ACK_TIMEOUT_MS,
  ): Promise<SocketCommands[Name][1]> {
    if (!this.wire.connected) throw new ApiProblem("network.unreachable", 0, "");
    let ack: unknown;
    try {
      ack = await this.wire.timeout(timeoutMs).emitWithAck(name, payload);
    } catch {
      throw new ApiProblem("network.timeout", 0, "");
    }
    const answer = ack as { ok?: boolean; error?: unknown };
    if (answer.ok !== true) throw parseProblem(answer.error, 500);
    return ack as SocketCommands[Name][1];
  }

  /** Send what need not arrive: typing. */
  hint<Name extends SocketCommandName>(name: Name, payload: SocketCommands[Name][0]): void {
    if (this.wire.connected) this.wire.emit(name, payload, () => undefined);
  }

  private async askTime(): Promise<void> {
    const asked_ms = serverClock.monotonic();
    await this.command("clock:read", {}).then(
      ({ now_ms }) => serverClock.learn(now_ms, asked_ms),
      () => undefined,
    );
  }

  private setState(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.stateListeners) listener(state);
  }
}
