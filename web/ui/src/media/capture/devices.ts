/**
 * Microphones, cameras and speakers: which there are, which the person chose, which to use now.
 *
 * How it works: a choice is remembered by id and label and never overwritten by a device that vanishes. While the
 * chosen one is away the system's default stands in; when it is plugged in again it is used again.
 */
import { Observable } from "@/protocol/observable";

export type DeviceKind = "microphone" | "camera" | "speaker";

export interface Device {
  id: string;
  label: string;
}

export type DeviceLists = Readonly<Record<DeviceKind, readonly Device[]>>;
/** null: the system's default. */
export type DeviceChoices = Readonly<Record<DeviceKind, Device | null>>;

export interface DeviceState {
  lists: DeviceLists;
  choices: DeviceChoices;
}

export const DEVICE_KINDS: readonly DeviceKind[] = ["microphone", "camera", "speaker"];
const STORED = "centrala.devices";
const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: "microphone",
  videoinput: "camera",
  audiooutput: "speaker",
};
// Chromium lists these beside the devices they stand for.
const ALIASES = new Set(["default", "communications", ""]);

/** Sort what the browser lists by kind; before a permission labels are empty and ids too, so nothing is listed. */
export function sortDevices(infos: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[]): DeviceLists {
  const lists: Record<DeviceKind, Device[]> = { microphone: [], camera: [], speaker: [] };
  for (const info of infos) {
    if (!ALIASES.has(info.deviceId)) lists[KINDS[info.kind]].push({ id: info.deviceId, label: info.label });
  }
  return lists;
}

/**
 * Choose which device to ask for.
 *
 * returns  the chosen one when it is there, by id or, because browsers renew ids, by label; null for the default
 */
export function chooseDevice(devices: readonly Device[], choice: Device | null): Device | null {
  if (choice === null) return null;
  const sameId = devices.find((device) => device.id === choice.id);
  if (sameId !== undefined) return sameId;
  return devices.find((device) => choice.label !== "" && device.label === choice.label) ?? null;
}

function isDevice(value: unknown): value is Device {
  return typeof value === "object" && value !== null && typeof (value as Device).id === "string" && typeof (value as Device).label === "string";
}

export function parseChoices(text: string | null): DeviceChoices {
  let stored: Partial<Record<DeviceKind, unknown>> = {};
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value === "object" && value !== null) stored = value;
  } catch {
    // A damaged note is no choice.
  }
  const read = (kind: DeviceKind) => (isDevice(stored[kind]) ? stored[kind] : null);
  return { microphone: read("microphone"), camera: read("camera"), speaker: read("speaker") };
}

/** Whether this browser can play on another output than the system's. */
export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;
}

/** The devices of this browser; call `refresh` after every permission, because only then labels and outputs show. */
export class Devices {
  readonly state: Observable<DeviceState>;
  private readonly onChange = () => void this.refresh();

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem"> = window.localStorage) {
    this.state = new Observable<DeviceState>({
      lists: sortDevices([]),
      choices: parseChoices(storage.getItem(STORED)),
    });
  }

  start(): void {
    if (!("mediaDevices" in navigator)) return;
    navigator.mediaDevices.addEventListener("devicechange", this.onChange);
    void this.refresh();
  }

  stop(): void {
    if ("mediaDevices" in navigator) navigator.mediaDevices.removeEventListener("devicechange", this.onChange);
  }

  async refresh(): Promise<void> {
    if (!("mediaDevices" in navigator)) return;
    const infos = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const lists = sortDevices(infos);
    this.state.change((state) => (JSON.stringify(state.lists) === JSON.stringify(lists) ? state : { ...state, lists }));
  }

  /** Remember a choice; null is the system's default. */
  choose(kind: DeviceKind, id: string | null): void {
    this.state.change((state) => {
      const device = state.lists[kind].find((candidate) => candidate.id === id) ?? null;
      return { ...state, choices: { ...state.choices, [kind]: device } };
    });
    this.storage.setItem(STORED, JSON.stringify(this.state.get().choices));
  }

  /** The device to ask for now; null is the system's default. */
  current(kind: DeviceKind): Device | null {
    const { lists, choices } = this.state.get();
    return chooseDevice(lists[kind], choices[kind]);
  }

  /** What to put into getUserMedia: before any permission the list is empty and the remembered id is a wish. */
  wish(kind: DeviceKind): string | null {
    const { lists, choices } = this.state.get();
    return lists[kind].length === 0 ? (choices[kind]?.id ?? null) : (this.current(kind)?.id ?? null);
  }
}
