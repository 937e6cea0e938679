/**
 * The guest's side of the door: from the link in the address to the call, and out again.
 *
 * How it works: the link's secret stands after the #, which browsers send nowhere. Who asks gets a token of their own, kept
 * for this tab only, so that a reload comes back to the same place in the lobby. The server's word on where the guest stands
 * is the state; the socket is open as long as the guest waits or is in the call.
 */
import { api, type GuestState, type Invitation } from "@/calls/rest";
import type { Signalling } from "@/media/peer/signalling";
import { Observable } from "@/protocol/observable";
import type { Language } from "@/protocol/people";
import { ApiProblem } from "@/protocol/problem";
import { openWire, SocketLink, type LinkState } from "@/protocol/socket";

import { withoutPictures } from "./pictures";

export type DoorState =
  | { phase: "checking" }
  /** The link is good: ask for a name. */
  | { phase: "invited"; invitation: Invitation }
  /** It is not, or the server cannot be reached. */
  | { phase: "broken"; problem: unknown }
  | { phase: "guest"; guest: GuestState };

const STORED = "centrala.guest";
/** How often somebody who waits asks how many are in the call. */
const LOOK_EVERY_MS = 10_000;
const INSIDE: ReadonlySet<GuestState["state"]> = new Set(["waiting", "away", "admitted"]);

export function isInside(guest: GuestState): boolean {
  return INSIDE.has(guest.state);
}

/** The secret of the link in an address, or null. */
export function linkOf(hash: string): string | null {
  const secret = hash.replace(/^#/, "");
  return /^cgl_[A-Za-z0-9_-]{20,90}$/.test(secret) ? secret : null;
}

interface Stored {
  link: string;
  token: string;
}

function readStored(): Stored | null {
  try {
    const value: unknown = JSON.parse(window.sessionStorage.getItem(STORED) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { link, token } = value as Partial<Stored>;
    return typeof link === "string" && typeof token === "string" ? { link, token } : null;
  } catch {
    return null;
  }
}

export class Door {
  readonly state = new Observable<DoorState>({ phase: "checking" });
  readonly line = new Observable<LinkState>("offline");
  /** What this page asks with. */
  token: string | null = null;
  private link: string | null = null;
  private socket: SocketLink | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  /** Read the address and what this tab remembers. */
  async open(): Promise<void> {
    this.state.set({ phase: "checking" });
    const stored = readStored();
    this.link = linkOf(window.location.hash) ?? stored?.link ?? null;
    if (this.link === null) {
      this.state.set({ phase: "broken", problem: null });
      return;
    }
    try {
      if (stored?.link === this.link) {
        const guest = await api.guest.read(stored.token).catch((error: unknown) => {
          if (error instanceof ApiProblem && error.status === 401) return null;
          throw error;
        });
        if (guest !== null) {
          this.token = stored.token;
          this.take(guest);
          return;
        }
      }
      this.state.set({ phase: "invited", invitation: await api.guest.look(this.link) });
    } catch (problem) {
      this.state.set({ phase: "broken", problem });
    }
  }

  /** Ask to be let in; raises ApiProblem. */
  async ask(name: string, language: Language): Promise<void> {
    if (this.link === null) return;
    const { token, guest } = await api.guest.enter(this.link, name, language);
    this.token = token;
    window.sessionStorage.setItem(STORED, JSON.stringify({ link: this.link, token } satisfies Stored));
    this.take(guest);
  }

  /** Wait again after leaving or the call's end; raises ApiProblem. */
  async askAgain(): Promise<void> {
    if (this.token !== null) this.take(await api.guest.wait(this.token));
  }

  /** Stop waiting, or be out of the call for good. */
  async leave(): Promise<void> {
    if (this.token === null) return;
    await api.guest.leave(this.token).catch(() => undefined);
    await this.look();
  }

  /** The socket as a call wants it: without the addresses of pictures that only people who are signed in may see. */
  get signalling(): Signalling | null {
    const { socket } = this;
    if (socket === null) return null;
    return {
      command: async (name, payload, timeoutMs) => withoutPictures(await socket.command(name, payload, timeoutMs)),
      hint: (name, payload) => socket.hint(name, payload),
      on: (name, handler) => socket.on(name, (payload) => handler(withoutPictures(payload))),
      onReady: (listener) => socket.onReady(listener),
      onState: (listener) => socket.onState(listener),
      renew: () => socket.renew(),
      get linkState() {
        return socket.linkState;
      },
    };
  }

  private take(guest: GuestState): void {
    this.state.set({ phase: "guest", guest });
    if (isInside(guest)) this.connect();
    else this.disconnect();
  }

  private connect(): void {
    if (this.socket !== null || this.token === null) return;
    const socket = new SocketLink(openWire(this.token));
    this.socket = socket;
    socket.on("guest:changed", ({ guest }) => this.take(guest));
    socket.onState((state) => this.line.set(state));
    socket.onReady(() => void this.look());
    socket.onRefused((problem) => void this.onRefused(problem));
    window.addEventListener("pagehide", this.onHide);
    window.addEventListener("pageshow", this.onShow);
    socket.open();
    this.timer = setInterval(() => {
      const state = this.state.get();
      if (state.phase === "guest" && state.guest.state !== "admitted") void this.look();
    }, LOOK_EVERY_MS);
  }

  private disconnect(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    window.removeEventListener("pagehide", this.onHide);
    window.removeEventListener("pageshow", this.onShow);
    this.socket?.close();
    this.socket = null;
  }

  private readonly onHide = () => this.socket?.close();
  private readonly onShow = (event: PageTransitionEvent) => {
    if (event.persisted) this.socket?.open();
  };

  /** Ask where the guest stands; an answer that does not come changes nothing. */
  private async look(): Promise<void> {
    if (this.token === null) return;
    try {
      this.take(await api.guest.read(this.token));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) this.fail(error);
    }
  }

  /** The socket is refused: the door is full for now, or the guest is out. */
  private async onRefused(problem: ApiProblem): Promise<void> {
    if (problem.isTransient) return;
    await this.look();
    const state = this.state.get();
    if (state.phase === "guest" && isInside(state.guest)) this.fail(problem);
  }

  private fail(problem: ApiProblem): void {
    this.disconnect();
    this.state.set({ phase: "broken", problem });
  }
}
