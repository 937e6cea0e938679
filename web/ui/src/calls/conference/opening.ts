/**
 * What a call's window does before the application is there: somebody waits at the other end.
 *
 * How it works: the socket, the session and the call's seat are asked for at once, the devices as soon as it is sure
 * that somebody is signed in. The application, which keeps the page busy while it starts, comes after the first offer is
 * answered and takes all over.
 */
import { api } from "@/accounts/rest";
import { Call, type CallOptions } from "@/media/call";
import type { SessionState } from "@/protocol/people";
import { ApiProblem } from "@/protocol/problem";
import { SocketLink } from "@/protocol/socket";

/** Nobody looks at an empty page for longer than this; a visitor who was answered waits for the seat, which comes before it. */
const PATIENCE_MS = 300;
const ANSWERING_PATIENCE_MS = 1_000;

/** ?audio=0&video=0 start without; ?conference=ID joins that one and never starts another; ?answering=1 waits to be let in. */
export function readOptions(conversationId: string): CallOptions {
  const search = new URLSearchParams(window.location.search);
  return {
    conversationId,
    audio: search.get("audio") !== "0",
    video: search.get("video") !== "0",
    conferenceId: search.get("conference"),
    answering: search.get("answering") === "1",
  };
}

export class Opening {
  readonly session: Promise<SessionState>;
  /** The first offer is answered, or the page has waited long enough. */
  readonly answered: Promise<void>;
  private socket: SocketLink | null;
  private call: Call | null;

  constructor(private readonly conversationId: string) {
    const socket = new SocketLink();
    const options = readOptions(conversationId);
    const call = new Call(socket, options);
    this.socket = socket;
    this.call = call;
    socket.open();
    this.session = api.session.read();
    call.start(this.session);
    this.session.catch((error: unknown) => {
      if (error instanceof ApiProblem && !error.isTransient) this.drop();
    });
    this.answered = new Promise((resolve) => {
      const stop = call.received.subscribe(() => {
        stop();
        resolve();
      });
      setTimeout(resolve, options.answering === true ? ANSWERING_PATIENCE_MS : PATIENCE_MS);
      this.session.catch(resolve);
    });
  }

  /** Hand the socket over, once. */
  takeSocket(): SocketLink | null {
    const { socket } = this;
    this.socket = null;
    return socket;
  }

  /** Hand the call over, once, to the page of its conversation. */
  takeCall(conversationId: string): Call | null {
    if (conversationId !== this.conversationId) return null;
    const { call } = this;
    this.call = null;
    return call;
  }

  private drop(): void {
    this.takeSocket()?.close();
    this.call?.stop();
    this.call = null;
  }
}
