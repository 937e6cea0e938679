/**
 * The widget as the host's page has it: a bubble, and behind it the frame of our origin, made when it is first needed.
 *
 * How it works: until the first click nothing is stored anywhere and nothing but this script is fetched. The frame comes with
 * that click, with a trigger, or on the next page of a visit that goes on.
 */
import type { Language } from "@/protocol/generated/languages";

import type { LoaderConfig } from "./config";
import { Launcher } from "./launcher";
import { readPage, watchPages } from "./pages";
import { unwrap, wrap, type Params, type ToFrame, type ToLoader } from "./protocol";
import { recall, remember, type Remembered } from "./remembered";
import { TabTitle } from "./title";

export class Widget {
  private readonly launcher: Launcher;
  private readonly title = new TabTitle();
  private frame: HTMLIFrameElement | null = null;
  private ready = false;
  private focusing = false;
  private state: Remembered;
  private clicked: boolean;
  private trigger = "";
  private forgetting = false;

  /** origin  of the server: what the frame is loaded from, and all that is listened to */
  constructor(
    private readonly config: LoaderConfig,
    private readonly origin: string,
    private readonly language: Language,
    private params: Params,
  ) {
    const found = recall(config.key);
    this.clicked = found !== null;
    this.state = found ?? { open: false, talk: false };
    this.launcher = new Launcher(config, origin, language, {
      onPress: () => this.press(!this.state.open),
      onTeaser: () => this.press(true),
      onDismiss: () => this.launcher.tease(""),
      onReturn: () => this.comeBack(),
    });
    window.addEventListener("message", this.listen);
    if (this.state.open && !this.launcher.covers) this.show(true, false);
    else {
      this.state.open = false;
      if (this.state.talk) this.load();
    }
    this.wait();
  }

  /** The visitor opens or folds it. */
  press(open: boolean): void {
    this.clicked = true;
    this.launcher.tease("");
    this.show(open, true);
  }

  /** forget: the visitor signs out, and nothing of theirs is to stay, so that the frame has to come for it. */
  identify(identity: string, forget: boolean): void {
    this.params = this.params.identity || forget ? { identity } : { ...this.params, identity };
    this.forgetting ||= forget;
    if (forget) this.load();
    this.tell({ type: "identity", identity, forget });
  }

  /** By the script of the page, or by a trigger: nobody clicked. */
  show(open: boolean, byVisitor: boolean): void {
    // In a sandbox without an origin nothing of ours works, a window of its own does.
    if (self.origin === "null" && location.protocol !== "file:") {
      if (byVisitor) window.open(this.url, "_blank", "noopener");
      return;
    }
    this.state.open = open;
    if (open) this.load();
    this.launcher.open(open);
    this.focusing = byVisitor;
    this.tell({ type: "shown", shown: open, focus: byVisitor, phone: this.launcher.isPhone });
    if (open && byVisitor) this.frame?.focus();
    if (!open && byVisitor) this.launcher.focus();
    this.keep();
  }

  private keep(): void {
    if (this.clicked) remember(this.config.key, this.state);
  }

  /** The trigger of the page's language, counted from the opening of the page. */
  private wait(): void {
    const trigger = this.config.triggers.find(({ language }) => language === this.language);
    if (trigger === undefined || this.clicked) return;
    setTimeout(() => this.fire(trigger.text.slice(0, 250)), Math.max(0, trigger.delay_s * 1_000 - performance.now()));
  }

  private fire(text: string): void {
    if (this.clicked || this.state.open) return;
    this.trigger = text;
    // A whole screen is the visitor's own to give.
    if (this.launcher.covers) this.launcher.tease(text);
    else this.show(true, false);
  }

  private load(): void {
    if (this.frame !== null) return;
    this.frame = this.launcher.addFrame(this.url);
    watchPages(() => this.tell({ type: "page", page: readPage(this.title.plain) }));
  }

  private get url(): string {
    return `${this.origin}/widget/${this.config.key}/`;
  }

  /** The page took the bubble away, with the frame and perhaps with all listeners of the window; the frame begins anew. */
  private comeBack(): void {
    this.ready = false;
    this.launcher.count(0);
    this.title.show(0);
    window.addEventListener("message", this.listen);
  }

  private readonly listen = ({ data, origin, source }: MessageEvent): void => {
    if (this.frame === null || origin !== this.origin || source !== this.frame.contentWindow) return;
    const message = unwrap<ToLoader>(this.config.key, data);
    if (message?.type === "ready") this.greet();
    else if (message?.type === "fold") this.press(false);
    else if (message?.type === "unread") {
      const count = Math.max(0, Math.floor(message.count));
      this.launcher.count(count);
      this.title.show(count);
    } else if (message?.type === "talk") {
      this.state.talk = message.on;
      this.keep();
    }
  };

  private greet(): void {
    this.ready = true;
    const { language, params, trigger, state } = this;
    const phone = this.launcher.isPhone;
    this.tell({ type: "hello", page: readPage(this.title.plain), language, params, shown: state.open, trigger, phone });
    if (this.forgetting) this.tell({ type: "identity", identity: params.identity ?? "", forget: true });
    if (state.open && this.focusing) this.tell({ type: "shown", shown: true, focus: true, phone });
  }

  private tell(message: ToFrame): void {
    if (this.ready) this.frame?.contentWindow?.postMessage(wrap(this.config.key, message), this.origin);
  }
}
