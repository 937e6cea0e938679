/**
 * The bubble and the panel in the host's page, made node by node: no markup is parsed, so Trusted Types have nothing to object.
 *
 * How it works: the bubble stands at the end of the body at first, where frameworks that take over a whole document pass over
 * what they do not know (React 18 does so at the ends of head and body alone), and in the top layer, so that no filter and no
 * transform of the body moves it. Before the panel is made it goes beside the body, because frameworks replace bodies, and a
 * panel that is moved loads anew. Whoever takes it out of the page gets it back.
 */
import type { Language } from "@/protocol/generated/languages";

import type { LoaderConfig } from "./config";
import { COVERED, PHONE } from "./covering";
import { ofDocument } from "./hostDocument";
import { writeStyles } from "./styles";
import { WORDS } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const TALK = "M4 5.5h16v11h-8.5L7 20.5v-4H4z M8.5 9.5h7 M8.5 12.7h4.5";
const CROSS = "M6 6l12 12M18 6L6 18";
/** What the frame may ask the visitor for; each only after a click there. */
const ALLOWED = "microphone; camera; display-capture; autoplay; clipboard-write; fullscreen; speaker-selection";
const RETURNS = 20;

/** What the bubble and its panel are known by in the page. */
export const MARK = "data-centrala";

export interface LauncherDuties {
  onPress: () => void;
  onTeaser: () => void;
  onDismiss: () => void;
  /** It was taken out of the page and put back; what was in the panel begins anew. */
  onReturn: () => void;
}

function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className: string, attributes: Record<string, string> = {}): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function draw(className: string, line: string): SVGSVGElement {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("class", className);
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", line);
  picture.append(path);
  return picture;
}

export class Launcher {
  private readonly host = make("div", "", { [MARK]: "", popover: "manual" });
  private readonly box = make("div", "");
  private readonly bubble = make("button", "bubble", { type: "button", "aria-expanded": "false" });
  private readonly badge = make("span", "count", { "aria-hidden": "true" });
  private readonly panel = make("div", "panel");
  private readonly teaser = make("button", "teaser", { type: "button", hidden: "" });
  private readonly dismiss = make("button", "dismiss", { type: "button", hidden: "" });
  private readonly words;
  private readonly watch = new MutationObserver(() => this.see());
  private unread = 0;
  private returns = 0;

  constructor(
    config: LoaderConfig,
    origin: string,
    language: Language,
    private readonly duties: LauncherDuties,
  ) {
    this.words = WORDS[language];
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(writeStyles(config));
    const tree = this.host.attachShadow({ mode: "open" });
    tree.adoptedStyleSheets = [sheet];
    this.bubble.append(draw("talk", TALK), draw("cross", CROSS));
    if (config.picture_url !== null) this.showPicture(origin + config.picture_url);
    if (config.live) this.bubble.append(make("span", "dot"));
    this.bubble.append(this.badge);
    this.dismiss.setAttribute("aria-label", this.words.dismiss);
    this.dismiss.append("×");
    this.box.append(this.bubble, this.teaser, this.dismiss, this.panel);
    tree.append(this.box);
    this.name();
    this.place(ofDocument("body"));
    window.visualViewport?.addEventListener("resize", this.fit);
    window.visualViewport?.addEventListener("scroll", this.fit);
  }

  /** Whether the panel takes the whole window. */
  get covers(): boolean {
    return matchMedia(COVERED).matches;
  }

  get isPhone(): boolean {
    return matchMedia(PHONE).matches;
  }

  addFrame(url: string): HTMLIFrameElement {
    // Until everything of the page is there it may yet be taken over.
    if (ofDocument("readyState") === "complete") this.place(null);
    const frame = make("iframe", "", { title: this.words.frame, allow: ALLOWED });
    frame.src = url;
    this.panel.append(frame);
    return frame;
  }

  open(shown: boolean): void {
    this.box.classList.toggle("open", shown);
    this.bubble.setAttribute("aria-expanded", String(shown));
    this.name();
  }

  focus(): void {
    this.bubble.focus();
  }

  tease(text: string): void {
    this.teaser.textContent = text;
    this.teaser.hidden = this.dismiss.hidden = text === "";
  }

  count(unread: number): void {
    this.unread = unread;
    this.badge.textContent = unread === 0 ? "" : unread > 99 ? "99+" : String(unread);
    this.name();
  }

  /** Keyboards of phones, which cover up what they do not resize. */
  private readonly fit = () => {
    const { offsetTop, height, scale } = window.visualViewport as VisualViewport;
    // Whoever enlarges the page with two fingers wants the panel enlarged, too.
    this.panel.style.cssText = scale > 1.01 ? "" : `--top:${offsetTop}px;--height:${height}px`;
  };

  /** Put it at the end of a body, null: beside it; false when the page has nothing to put it into yet. */
  private place(body: HTMLElement | null): boolean {
    const root = ofDocument("documentElement") as HTMLElement | null;
    (body ?? root)?.append(this.host);
    const { isConnected } = this.host;
    if (isConnected) (this.host as { showPopover?: () => void }).showPopover?.();
    // A document that is opened anew forgets who listened in it; the same listener twice is one.
    this.bubble.addEventListener("click", this.duties.onPress);
    this.teaser.addEventListener("click", this.duties.onTeaser);
    this.dismiss.addEventListener("click", this.duties.onDismiss);
    for (const node of [document, root, ofDocument("body")]) if (node) this.watch.observe(node, { childList: true });
    return isConnected;
  }

  private see(): void {
    // Whoever takes it out again and again has their way.
    if (this.host.isConnected || this.returns++ > RETURNS) return;
    if (this.place(null)) this.duties.onReturn();
  }

  private name(): void {
    const open = this.box.classList.contains("open");
    const unread = this.unread > 0 && !open ? ` (${this.unread} ${this.words.unread})` : "";
    this.bubble.setAttribute("aria-label", open ? this.words.fold : this.words.open + unread);
  }

  private showPicture(url: string): void {
    const picture = make("img", "", { alt: "", decoding: "async", referrerpolicy: "no-referrer" });
    picture.addEventListener("load", () => this.bubble.classList.add("pictured"));
    picture.addEventListener("error", () => picture.remove());
    picture.src = url;
    this.bubble.append(picture);
  }
}
