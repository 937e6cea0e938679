/**
 * What a person chose in a call, as long as the tab lives: whoever comes back after a reload is as they were.
 *
 * How it works: each change of microphone, camera or effect is written down at once, so that a page which ends without warning
 * leaves it. A call that was left or has ended takes it along; the next one begins as its page says.
 */
import type { Capture } from "@/media/capture/capture";
import type { EffectName, Effects } from "@/media/effects/effects";
import type { Observable } from "@/protocol/observable";

import type { CallOptions, CallState } from "./callState";
import { isActive } from "./phases";
import type { Sparing } from "./sparing";

export interface Choices {
  audio: boolean;
  video: boolean;
  effects: readonly EffectName[];
}

type Store = Pick<Storage, "getItem" | "setItem">;

const EFFECTS: readonly EffectName[] = ["noise", "blur"];
const keyFor = (name: string) => `centrala.chosen.${name}`;

/** name  of the conversation, or of whatever else the calls of a page have in common */
export function readChoices(name: string, storage: Store = window.sessionStorage): Choices | null {
  try {
    const value: unknown = JSON.parse(storage.getItem(keyFor(name)) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { audio, video, effects } = value as Partial<Record<keyof Choices, unknown>>;
    if (typeof audio !== "boolean" || typeof video !== "boolean") return null;
    return { audio, video, effects: EFFECTS.filter((one) => Array.isArray(effects) && effects.includes(one)) };
  } catch {
    return null;
  }
}

export function writeChoices(name: string, choices: Choices, storage: Store = window.sessionStorage): void {
  try {
    storage.setItem(keyFor(name), JSON.stringify(choices));
  } catch {
    // A browser that stores nothing begins anew.
  }
}

type Options = Pick<CallOptions, "conversationId" | "choicesName" | "audio" | "video" | "effects">;

const nameOf = ({ choicesName, conversationId }: Options) => choicesName ?? conversationId;

/** The parts of a call in which choices show. */
interface Chosen {
  readonly state: Pick<Observable<CallState>, "get" | "subscribe">;
  readonly capture: Pick<Capture, "microphone" | "camera">;
  readonly sparing: Pick<Sparing, "wantsCamera">;
  readonly effects: Effects;
}

/** What one call writes down of its person's choices. */
export class Choosing {
  /** With what a call begins: as its tab was, unless the person has just tried their devices. */
  static start(options: Options): Pick<CallOptions, "audio" | "video" | "effects"> {
    return options.effects === undefined ? (readChoices(nameOf(options)) ?? options) : options;
  }

  constructor(
    private readonly options: Options,
    private readonly call: Chosen,
  ) {}

  /** Write down what is chosen from now on; returns what ends it. */
  listen(): (() => void)[] {
    const { state, capture, effects } = this.call;
    const note = () => this.note();
    return [...[capture.microphone, capture.camera, effects.noise.state, effects.blur.state].map((one) => one.subscribe(note)), state.subscribe(() => this.judge())];
  }

  private note(): void {
    const { state, capture, sparing, effects } = this.call;
    if (!isActive(state.get().phase)) return;
    writeChoices(nameOf(this.options), { audio: capture.microphone.get().wanted, video: sparing.wantsCamera, effects: effects.chosen });
  }

  private judge(): void {
    const { phase } = this.call.state.get();
    if (this.options.choicesName === undefined && (phase === "left" || phase === "ended")) window.sessionStorage.removeItem(keyFor(nameOf(this.options)));
  }
}
