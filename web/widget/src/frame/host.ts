/** The frame's side of what it and the host's page say to each other. */
import { FALLBACK_LANGUAGE, LANGUAGES, type Language } from "@/protocol/generated/languages";
import { Observable } from "@/protocol/observable";

import { clean } from "../loader/clean";
import { unwrap, wrap, type HostPage, type Params, type ToFrame, type ToLoader } from "../loader/protocol";
import { isEmail } from "./Field";

export interface HostState {
  page: HostPage | null;
  shown: boolean;
  phone: boolean;
  trigger: string;
}

export interface Greeting {
  language: Language;
  params: Params;
}

export class Host {
  readonly state = new Observable<HostState>({ page: null, shown: true, phone: false, trigger: "" });
  /** The origin that greeted us: nobody else is heard, and nobody else is told. */
  private origin: string | null = null;
  private readonly focusListeners = new Set<() => void>();
  private focusWaits = false;
  private onIdentity: (identity: string, forget: boolean) => void = () => undefined;

  constructor(
    private readonly key: string,
    private readonly self: Window = window,
  ) {}

  /** Whether somebody embeds us; else the page was opened by itself. */
  get isEmbedded(): boolean {
    return this.self.parent !== this.self;
  }

  /** Say that we are here, and wait for the loader's answer. */
  async greet(): Promise<Greeting> {
    return new Promise((resolve) => {
      this.self.addEventListener("message", (event) => {
        const greeting = this.hear(event);
        if (greeting !== null) resolve(greeting);
      });
      // Nothing in it is anybody's secret, and whose page this is we do not know yet.
      this.self.parent.postMessage(wrap<ToLoader>(this.key, { type: "ready" }), "*");
    });
  }

  /** Called when the visitor opened the widget; also for an opening that nothing was there yet to take the keyboard. */
  onFocus(listener: () => void): () => void {
    this.focusListeners.add(listener);
    if (this.focusWaits) listener();
    this.focusWaits = false;
    return () => this.focusListeners.delete(listener);
  }

  whenIdentified(listener: (identity: string, forget: boolean) => void): void {
    this.onIdentity = listener;
  }

  tell(message: ToLoader): void {
    if (this.origin !== null) this.self.parent.postMessage(wrap(this.key, message), this.origin);
  }

  private hear({ data, origin, source }: MessageEvent): Greeting | null {
    if (source !== this.self.parent || (this.origin !== null && origin !== this.origin)) return null;
    const message = unwrap<ToFrame>(this.key, data);
    if (message === null) return null;
    if (message.type === "hello" && this.origin === null) {
      this.origin = origin;
      const { page, shown, phone, trigger } = message;
      this.state.set({ page: readPage(page), shown, phone, trigger: clean(trigger, 250) });
      return { language: LANGUAGES.find((one) => one === message.language) ?? FALLBACK_LANGUAGE, params: readParams(message.params) };
    }
    if (this.origin === null) return null;
    if (message.type === "page") this.state.change((state) => ({ ...state, page: readPage(message.page) }));
    else if (message.type === "identity" && typeof message.identity === "string") this.onIdentity(message.identity.slice(0, 4_000), message.forget === true);
    else if (message.type === "shown") {
      const { shown, phone } = message;
      this.state.change((state) => ({ ...state, shown, phone }));
      this.focusWaits = shown && message.focus && this.focusListeners.size === 0;
      if (shown && message.focus) for (const listener of this.focusListeners) listener();
    }
    return null;
  }
}

function readPage(page: Partial<HostPage> | null): HostPage {
  return { url: clean(page?.url, 2_000), title: clean(page?.title, 200) };
}

/** What a page's script says of its visitor is a guess to fill in, but for the signed identity; what cannot be right is no guess. */
function readParams(params: Partial<Params> | null): Params {
  const [identity, name, email] = [clean(params?.identity, 4_000), clean(params?.name, 200), clean(params?.email, 254)];
  return { ...(identity !== "" && { identity }), ...(name !== "" && { name }), ...(isEmail(email) && { email }) };
}
