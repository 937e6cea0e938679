/**
 * The person's own microphone and camera.
 *
 * How it works: a muted microphone keeps its track, disabled, so that unmuting is instant. A camera that is off has no
 * track at all, so that its light goes out. A track that ends by itself (unplugged, taken by another program) is asked
 * for again at once and then at every change of devices, as long as the person wants it. A busy computer may fail to open a
 * device that is there, and tells no change of devices then: what was lost is asked for again after a while, too.
 */
import { Observable } from "@/protocol/observable";

import type { Device, Devices } from "./devices";

export type CaptureKind = "microphone" | "camera";

/** denied: the person or the browser refused; missing: no such device; busy: another program has it; insecure: no https. */
export type CaptureProblem = "denied" | "missing" | "busy" | "insecure" | "failed";

export interface Captured {
  /** What the person asked for. */
  wanted: boolean;
  /** The browser is being asked. */
  starting: boolean;
  track: MediaStreamTrack | null;
  problem: CaptureProblem | null;
}

const OFF: Captured = { wanted: false, starting: false, track: null, problem: null };

// Sent in three sizes; each viewer gets the one that fits its tile and its line.
const CAMERA_SHAPE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } } as const;
const MICROPHONE_SHAPE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const;

const PROBLEMS: Readonly<Record<string, CaptureProblem>> = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

/** After these times what was lost is asked for again; after the last one over and over. */
const AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

export function nameProblem(error: unknown): CaptureProblem {
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  return PROBLEMS[name] ?? "failed";
}

/** Whether others hear or see it. */
export function isSending(captured: Captured): boolean {
  return captured.wanted && captured.track !== null && captured.track.readyState === "live";
}

/** Whether to tell others that it is on: yes while the browser is still being asked, so that nothing flickers. */
export function isAnnounced(captured: Captured): boolean {
  return isSending(captured) || (captured.wanted && captured.starting);
}

/** exact  Chromium gives the default one for a wish that is only `ideal`; a device that is away fails the request, though. */
function constraintsOf(kind: CaptureKind, deviceId: string | null, exact: boolean): MediaTrackConstraints {
  const shape = kind === "camera" ? CAMERA_SHAPE : MICROPHONE_SHAPE;
  return deviceId === null ? { ...shape } : { ...shape, deviceId: exact ? { exact: deviceId } : { ideal: deviceId } };
}

export class Capture {
  readonly microphone = new Observable<Captured>(OFF);
  readonly camera = new Observable<Captured>(OFF);
  private readonly attempts: Record<CaptureKind, number> = { microphone: 0, camera: 0 };
  private readonly again: Partial<Record<CaptureKind, ReturnType<typeof setTimeout>>> = {};
  private stopListening: () => void = () => undefined;
  private allowed: Promise<unknown> = Promise.resolve();

  constructor(private readonly devices: Devices) {}

  /**
   * Ask for what the person wants, with one question of the browser when it is both.
   *
   * allowed  nothing is asked before it holds, nor after it fails
   */
  async start(wanted: { audio: boolean; video: boolean }, allowed: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.allowed = allowed;
    this.stopListening = this.devices.state.subscribe(() => this.onDevices());
    this.microphone.set({ ...OFF, wanted: wanted.audio });
    this.camera.set({ ...OFF, wanted: wanted.video });
    if (!wanted.audio || !wanted.video) {
      await Promise.all([wanted.audio ? this.acquire("microphone") : undefined, wanted.video ? this.acquire("camera") : undefined]);
      return;
    }
    const microphone = this.begin("microphone");
    const camera = this.begin("camera");
    try {
      const stream = await this.ask(["microphone", "camera"]);
      this.settle("microphone", microphone, stream.getAudioTracks()[0] ?? null, null);
      this.settle("camera", camera, stream.getVideoTracks()[0] ?? null, null);
      await this.devices.refresh();
    } catch {
      // One of the two is missing, busy or refused; apart, the other one still works.
      await Promise.all([this.acquire("microphone"), this.acquire("camera")]);
    }
  }

  /** Let go of both devices. */
  stop(): void {
    this.stopListening();
    for (const kind of ["microphone", "camera"] as const) {
      clearTimeout(this.again[kind]);
      this.attempts[kind] += 1;
      this.release(kind);
      this[kind].set(OFF);
    }
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.microphone.change((state) => ({ ...state, wanted: on, problem: on ? state.problem : null }));
    const { track } = this.microphone.get();
    if (track?.readyState === "live") track.enabled = on;
    else if (on) await this.acquire("microphone");
  }

  async setCamera(on: boolean): Promise<void> {
    this.camera.change((state) => ({ ...state, wanted: on, problem: on ? state.problem : null }));
    if (on) {
      if (this.camera.get().track?.readyState !== "live") await this.acquire("camera");
      return;
    }
    this.attempts.camera += 1;
    this.release("camera");
    this.camera.change((state) => ({ ...state, starting: false, track: null }));
  }

  /** Another device was chosen: move to it if the old one is in use. */
  async follow(kind: CaptureKind): Promise<void> {
    const { wanted, starting, track } = this[kind].get();
    if (!starting && (wanted || track !== null)) await this.acquire(kind);
  }

  private async ask(kinds: readonly CaptureKind[]): Promise<MediaStream> {
    // Browsers leave the object away on pages without https, against its type.
    const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (media === undefined) throw new DOMException("", "InsecureError");
    await this.allowed;
    const wishes = (exact: boolean): MediaStreamConstraints => ({
      audio: kinds.includes("microphone") && constraintsOf("microphone", this.devices.wish("microphone"), exact),
      video: kinds.includes("camera") && constraintsOf("camera", this.devices.wish("camera"), exact),
    });
    return media.getUserMedia(wishes(true)).catch((error: unknown) => {
      // The chosen one went at this moment, or has another id than in the last call.
      if (error instanceof DOMException && error.name === "OverconstrainedError") return media.getUserMedia(wishes(false));
      throw error;
    });
  }

  private begin(kind: CaptureKind): number {
    this[kind].change((state) => ({ ...state, starting: true, problem: null }));
    this.attempts[kind] += 1;
    return this.attempts[kind];
  }

  /** quietly  nobody is told that the browser is asked, because it may well be in vain */
  private async acquire(kind: CaptureKind, { quietly = false } = {}): Promise<void> {
    const attempt = quietly ? (this.attempts[kind] += 1) : this.begin(kind);
    // Some cameras cannot be opened twice: let go before taking another one.
    if (kind === "camera") this.release("camera");
    try {
      const stream = await this.ask([kind]);
      this.settle(kind, attempt, stream.getTracks()[0] ?? null, null);
      await this.devices.refresh();
    } catch (error) {
      const insecure = !("mediaDevices" in navigator);
      this.settle(kind, attempt, null, insecure ? "insecure" : nameProblem(error));
    }
  }

  private settle(kind: CaptureKind, attempt: number, track: MediaStreamTrack | null, problem: CaptureProblem | null): void {
    if (attempt !== this.attempts[kind]) {
      track?.stop();
      return;
    }
    const old = this[kind].get();
    if (old.track !== track) this.release(kind);
    if (track !== null) {
      track.enabled = kind === "camera" || old.wanted;
      track.addEventListener("ended", () => this.onEnded(kind, track));
    }
    this[kind].change((state) => ({ ...state, starting: false, track, problem: track === null ? (problem ?? "missing") : null }));
  }

  private release(kind: CaptureKind): void {
    this[kind].get().track?.stop();
  }

  /** Called by the browser when a device goes away, never after our own stop(). */
  private onEnded(kind: CaptureKind, track: MediaStreamTrack): void {
    if (this[kind].get().track !== track) return;
    this[kind].change((state) => ({ ...state, track: null, problem: "missing" }));
    if (this[kind].get().wanted) void this.acquire(kind).then(() => this.tryAgain(kind, 0));
  }

  private tryAgain(kind: CaptureKind, tries: number): void {
    clearTimeout(this.again[kind]);
    if (!this.isLost(kind)) return;
    this.again[kind] = setTimeout(() => {
      // Somebody asks already, or it came back by another way.
      if (!this.isLost(kind)) return;
      const there = this.devices.refresh().then(() => this.devices.state.get().lists[kind].length > 0);
      void there.then(async (is) => (is && this.isLost(kind) ? this.acquire(kind, { quietly: true }) : undefined)).then(() => this.tryAgain(kind, tries + 1));
    }, AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]);
  }

  /** Wanted, not there, and not because somebody said no. */
  private isLost(kind: CaptureKind): boolean {
    const { wanted, starting, track, problem } = this[kind].get();
    return wanted && !starting && track === null && (problem === "missing" || problem === "busy" || problem === "failed");
  }

  /** A device came or went: take a lost one again, and return to the chosen one. */
  private onDevices(): void {
    for (const kind of ["microphone", "camera"] as const) {
      const { wanted, starting, track } = this[kind].get();
      if (starting) continue;
      if (this.isLost(kind) && this.devices.state.get().lists[kind].length > 0) void this.acquire(kind);
      else if (track !== null && wanted && this.shouldReturn(this.devices.current(kind), track)) void this.acquire(kind);
    }
  }

  private shouldReturn(chosen: Device | null, track: MediaStreamTrack): boolean {
    const used = track.getSettings().deviceId;
    return chosen !== null && used !== undefined && used !== chosen.id;
  }
}
