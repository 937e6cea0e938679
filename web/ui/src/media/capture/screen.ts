/**
 * The person's own screen, window or tab, shown to the others.
 *
 * How it works: the browser asks what to show, each time. A share ends by our button, by the browser's own bar, or with
 * the window that is shown; all three come to the same state.
 */
import { Observable } from "@/protocol/observable";

/** detail: letters stay sharp, few pictures a second; motion: films and games, as smooth as the line allows. */
export type ScreenHint = "detail" | "motion";

/** denied: the person chose nothing, or the system forbids it; failed: anything else. */
export type ScreenProblem = "denied" | "failed";

export interface SharedScreen {
  /** The browser is being asked. */
  starting: boolean;
  hint: ScreenHint;
  track: MediaStreamTrack | null;
  /** What the shown tab or system plays, where the browser gives it. */
  audio: MediaStreamTrack | null;
  problem: ScreenProblem | null;
}

export const NO_SCREEN: SharedScreen = { starting: false, hint: "detail", track: null, audio: null, problem: null };

const SHAPES: Readonly<Record<ScreenHint, MediaTrackConstraints>> = {
  detail: { width: { max: 2560 }, height: { max: 1600 }, frameRate: { ideal: 10, max: 15 } },
  motion: { width: { max: 1920 }, height: { max: 1200 }, frameRate: { ideal: 30, max: 30 } },
};
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false } as const;

/** What browsers know and the type does not. */
interface ScreenWishes extends DisplayMediaStreamOptions {
  systemAudio: "include" | "exclude";
  surfaceSwitching: "include" | "exclude";
  selfBrowserSurface: "include" | "exclude";
}

/** Whether this browser can show a screen at all; those of phones cannot. */
export function canShareScreen(): boolean {
  const media = (navigator as { mediaDevices?: Partial<MediaDevices> }).mediaDevices;
  return typeof media?.getDisplayMedia === "function";
}

/** What is wrong; null when the person simply closed the browser's question. */
function nameScreenProblem(error: unknown): ScreenProblem | null {
  if (!(error instanceof DOMException)) return "failed";
  // A system that forbids it says so in words; a person who presses "cancel" has no need of ours.
  if (error.name === "NotAllowedError") return /system/i.test(error.message) ? "denied" : null;
  return error.name === "AbortError" || error.name === "InvalidStateError" ? null : "failed";
}

export class Screen {
  readonly state = new Observable<SharedScreen>(NO_SCREEN);
  private attempts = 0;

  get isShared(): boolean {
    return this.state.get().track !== null;
  }

  /** Ask what to show; call it inside a click. A share that runs is replaced by the new one once that is there. */
  async start(hint: ScreenHint): Promise<void> {
    if (this.state.get().starting) return;
    const attempt = (this.attempts += 1);
    this.state.change((state) => ({ ...state, starting: true, problem: null }));
    try {
      const wishes: ScreenWishes = { video: SHAPES[hint], audio: SOUND, systemAudio: "include", surfaceSwitching: "include", selfBrowserSurface: "exclude" };
      const stream = await navigator.mediaDevices.getDisplayMedia(wishes);
      this.take(stream, hint, attempt);
    } catch (error) {
      if (attempt === this.attempts) this.state.change((state) => ({ ...state, starting: false, problem: nameScreenProblem(error) }));
    }
  }

  /** Say of a running share what it is; nothing is asked anew. */
  async change(hint: ScreenHint): Promise<void> {
    const { track } = this.state.get();
    if (track === null) return;
    track.contentHint = hint;
    this.state.change((state) => ({ ...state, hint }));
    await track.applyConstraints(SHAPES[hint]).catch(() => undefined);
  }

  stop(): void {
    this.attempts += 1;
    this.letGo();
    this.state.set({ ...NO_SCREEN, hint: this.state.get().hint });
  }

  dismiss(): void {
    this.state.change((state) => ({ ...state, problem: null }));
  }

  private take(stream: MediaStream, hint: ScreenHint, attempt: number): void {
    const [track] = stream.getVideoTracks();
    const audio = stream.getAudioTracks()[0] ?? null;
    if (attempt !== this.attempts || track === undefined) {
      for (const one of stream.getTracks()) one.stop();
      return;
    }
    this.letGo();
    track.contentHint = hint;
    if (audio !== null) audio.contentHint = "music";
    // The browser's own bar, or the window was closed.
    track.addEventListener("ended", () => {
      if (this.state.get().track === track) this.stop();
    });
    audio?.addEventListener("ended", () => this.state.change((state) => (state.audio === audio ? { ...state, audio: null } : state)));
    this.state.set({ starting: false, hint, track, audio, problem: null });
  }

  private letGo(): void {
    const { track, audio } = this.state.get();
    track?.stop();
    audio?.stop();
  }
}
