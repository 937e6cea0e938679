/**
 * What is done to one's own sound and picture before they are sent: noise taken out, the background blurred.
 *
 * How it works: an effect stands between what was captured and what is sent. The captured track stays what devices,
 * mute and the camera's lamp know; a new one gets the effect anew. What does the work is fetched when it is first
 * wanted. Nobody's room is shown by mistake: until the blurred picture is there, and after it failed, none is sent.
 */
import type { Capture, Captured } from "@/media/capture/capture";
import { Observable } from "@/protocol/observable";

export type EffectName = "noise" | "blur";
/** starting: fetched, or waiting for a first frame; failed: this browser or device cannot do it. */
export type EffectState = "off" | "starting" | "on" | "failed";

/** A track with the effect; it ends when the effect is stopped, not by itself. */
export interface Effected {
  track: MediaStreamTrack;
  stop: () => void;
}
/** onFailed  it broke down later */
export type StartEffect = (track: MediaStreamTrack, onFailed: () => void) => Promise<Effected>;

const MEMORY = "centrala.effects";
const FEW_CORES = 2;
const LITTLE_MEMORY_GB = 2;

/** Whether the device has little to spare: effects are then on only when somebody switches them on in this call. */
export function isWeakDevice(device: { hardwareConcurrency?: number; deviceMemory?: number } = navigator): boolean {
  return (device.hardwareConcurrency ?? 4) <= FEW_CORES || (device.deviceMemory ?? 4) <= LITTLE_MEMORY_GB;
}

export class Effect {
  readonly state = new Observable<EffectState>("off");
  /** What to send. */
  readonly sent: Observable<MediaStreamTrack | null>;
  private running: Effected | null = null;
  private source: MediaStreamTrack | null;
  private attempt = 0;

  constructor(
    private readonly captured: Observable<Captured>,
    private readonly load: () => Promise<StartEffect>,
    /** Send nothing rather than what it should change. */
    private readonly hides: boolean,
  ) {
    this.source = captured.get().track;
    this.sent = new Observable(this.source);
    captured.subscribe(() => this.follow());
  }

  get isOn(): boolean {
    const state = this.state.get();
    return state === "on" || state === "starting";
  }

  set(on: boolean): void {
    if (on === this.isOn && this.state.get() !== "failed") return;
    this.state.set(on ? "starting" : "off");
    this.begin();
  }

  private follow(): void {
    const { track } = this.captured.get();
    if (track === this.source) return;
    this.source = track;
    this.begin();
  }

  private begin(): void {
    const { source } = this;
    this.attempt += 1;
    this.end();
    if (source === null || !this.isOn) {
      this.sent.set(this.hides && this.state.get() === "failed" ? null : source);
      return;
    }
    this.state.set("starting");
    this.sent.set(this.hides ? null : source);
    const attempt = this.attempt;
    const fail = () => {
      if (attempt === this.attempt) this.fail();
    };
    this.load()
      .then((start) => start(source, fail))
      .then((made) => {
        if (attempt !== this.attempt) {
          made.stop();
          return;
        }
        this.running = made;
        this.state.set("on");
        this.sent.set(made.track);
      }, fail);
  }

  private fail(): void {
    this.attempt += 1;
    this.end();
    this.sent.set(this.hides ? null : this.source);
    this.state.set("failed");
  }

  private end(): void {
    this.running?.stop();
    this.running = null;
  }
}

export class Effects {
  readonly noise: Effect;
  readonly blur: Effect;

  /** wanted  on from the beginning, on a weak device as well: the person just tried them */
  constructor(capture: Pick<Capture, "microphone" | "camera" | "setCamera">, wanted?: readonly EffectName[]) {
    this.noise = new Effect(capture.microphone, async () => (await import("@/media/effects/noise")).suppressNoise, false);
    this.blur = new Effect(capture.camera, async () => (await import("@/media/effects/blur")).blurBackground, true);
    // Who wanted their room hidden decides anew whether to be seen.
    this.blur.state.subscribe(() => {
      if (this.blur.state.get() === "failed") void capture.setCamera(false).then(() => this.set("blur", false));
    });
    if (wanted === undefined && isWeakDevice()) return;
    const wishes: readonly string[] = wanted ?? read();
    this.noise.set(wishes.includes("noise"));
    this.blur.set(wishes.includes("blur"));
  }

  /** What to send. */
  get tracks(): { microphone: MediaStreamTrack | null; camera: MediaStreamTrack | null } {
    return { microphone: this.noise.sent.get(), camera: this.blur.sent.get() };
  }

  /** Which are on now, or on their way. */
  get chosen(): EffectName[] {
    return (["noise", "blur"] as const).filter((name) => this[name].isOn);
  }

  /** Switch one on or off, for later calls on this device too. */
  set(name: EffectName, on: boolean): void {
    this[name].set(on);
    const others = read().filter((one) => one !== name);
    localStorage.setItem(MEMORY, JSON.stringify(on ? [...others, name] : others));
  }
}

function read(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(MEMORY) ?? "[]");
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}
