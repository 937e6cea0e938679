/**
 * Where the visitor's call is: in a window of its own, or in the frame.
 *
 * How it works: pages that are navigated take their frames with them, and no browser lets a page that is left open a window. So
 * the call gets its window at the click that asks for it: there a window is never blocked, it is of our own origin, which needs
 * no permission from the host's page and is asked for the microphone once for all sites, and it outlives every page of the
 * site. Phones have no windows beside each other, and a browser may be told to block all of them: there the call
 * is in the frame, and after a change of page one click brings it back, while the seat is kept. A phone whose page keeps the
 * microphone from us gets a tab for the call all the same. On pages with Cross-Origin-Opener-Policy a window opens, but knows
 * nothing of us, nor we of it: it closes itself, the call is in the frame, and no other window is tried.
 */
import { Observable } from "@/protocol/observable";

import { unwrap, wrap } from "../loader/protocol";
import type { Host } from "./host";
import { mayUse } from "./permissions";
import { isOpen, type Medium } from "./rest";
import type { Visit } from "./visit";
import { currentLanguage } from "./words";

export type CallPlace = "none" | "window" | "frame";

/** What the frame hands to the call's window. */
export interface HandedCall {
  type: "call";
  token: string;
  camera: boolean;
}

export type FromWindow = { type: "call-ready" };

const LOOK_EVERY_MS = 1_000;
const SHAPE = "popup,width=420,height=680";

export class Calls {
  readonly place = new Observable<CallPlace>("none");
  camera = false;
  private window: Window | null = null;
  private windowless = false;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly visit: Visit,
    private readonly host: Host,
  ) {
    window.addEventListener("message", (event) => this.listen(event));
    let { era } = visit.state.get();
    visit.state.subscribe(() => {
      const now = visit.state.get().era;
      if (now === era) return;
      era = now;
      this.window?.close();
      this.window = null;
      this.end();
    });
  }

  /** Make room for the call; only inside a click. */
  begin(medium: Medium): void {
    this.camera = medium === "video";
    const inFrame = this.windowless || (this.host.state.get().phone && mayUse("microphone") && (!this.camera || mayUse("camera")));
    if (inFrame || !this.open()) this.place.set("frame");
  }

  /** Bring the call's window to the front, or the call back; only inside a click. */
  show(): void {
    if (this.window !== null && !this.window.closed) this.window.focus();
    else this.begin(this.camera ? "video" : "audio");
  }

  end(): void {
    this.place.set("none");
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** The server refused it: its window goes, too. */
  refuse(): void {
    this.window?.close();
    this.end();
  }

  private open(): boolean {
    const { key } = this.visit;
    this.window = window.open(`/widget/${key}/call/?language=${currentLanguage()}`, `centrala-call-${key}`, SHAPE);
    this.windowless = this.window === null;
    if (this.windowless) return false;
    this.place.set("window");
    this.timer ??= setInterval(() => {
      if (this.window?.closed === true) this.end();
    }, LOOK_EVERY_MS);
    return true;
  }

  /** The window asks who it is; it has a storage of its own, and nothing secret stands in addresses. */
  private listen({ data, origin, source }: MessageEvent): void {
    const { key, credential } = this.visit;
    if (this.window === null || origin !== window.location.origin || source !== this.window) return;
    const message = unwrap<FromWindow>(key, data);
    const { visit } = this.visit.state.get();
    // Until the server has the visit there is nothing to come to; the window asks again.
    if (message?.type !== "call-ready" || visit === null || !isOpen(visit)) return;
    if (credential !== null) this.window.postMessage(wrap<HandedCall>(key, { type: "call", token: credential, camera: this.camera }), origin);
  }
}
