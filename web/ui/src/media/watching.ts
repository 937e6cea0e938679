/**
 * Tells the server which pictures this page shows and how large, so that nothing comes that nobody sees.
 *
 * How it works: the stage says where its tiles are; every camera that is received but has no tile, and everything while the
 * page is hidden, is told with height 0. What only just came has no tile yet, because the page is still being drawn: it is
 * told as a very small one, so that a picture is there when the tile is. The whole list goes out when it changed, a moment
 * later, so that a window that is being resized does not tell it a hundred times.
 */
import { keyOf, type PausedPictures, type ReceivedTracks } from "@/media/peer/receiving";
import type { SocketCommands } from "@/protocol/socketEvents";

import type { CallState } from "./callState";

export type WatchedTile = SocketCommands["conference:watch"][0]["tiles"][number];

/** CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** By `keyOf` a participant and a source; pinned: the person wants this one before others. */
export type ShownTiles = ReadonlyMap<string, Size & { pinned?: boolean }>;

const SETTLE_MS = 100;
/** A glance at another window does not stop the pictures. */
const HIDE_AFTER_MS = 2_000;
const PICTURE_ASPECT = 16 / 9;
/** More than this nobody sees on a small screen. */
const MAX_PIXEL_RATIO = 2;
const STEP_PX = 10;
/** How long a page may take to give what came a tile. */
const DRAWING_MS = 1_500;
const SMALLEST = { width: 1, height: 1 };
const NONE = { width: 0, height: 0 };
/** No camera of a call is larger. */
const LARGEST = { width: 3_840, height: 2_160 };

/** Pictures fill their tile and are cut, so a wide tile needs a higher picture than itself. */
export function toDevicePixels({ width, height }: Size, ratio: number): Size {
  const factor = Math.min(Math.max(ratio, 1), MAX_PIXEL_RATIO);
  const round = (value: number) => Math.ceil((value * factor) / STEP_PX) * STEP_PX;
  return { width: round(width), height: round(Math.max(height, width / PICTURE_ASPECT)) };
}

export interface WatchingDuties {
  received: () => ReceivedTracks;
  /** Resolves to false when it could not be told. */
  tell: (tiles: WatchedTile[]) => Promise<boolean>;
}

export class Watching {
  private shown: ShownTiles = new Map();
  private readonly examined = new Set<string>();
  private told: string | null = null;
  private readonly came = new Map<string, number>();
  private hidden = false;
  private resting = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hiding: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly duties: WatchingDuties) {}

  start(): void {
    document.addEventListener("visibilitychange", this.onVisibility);
    this.onVisibility();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.onVisibility);
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.hiding !== null) clearTimeout(this.hiding);
    this.timer = this.hiding = null;
    this.told = null;
    this.came.clear();
  }

  /** These pictures have a tile. */
  show(tiles: ShownTiles): void {
    this.shown = tiles;
    this.soon();
  }

  /** Tracks came or went. */
  changed(): void {
    const received = this.duties.received();
    for (const key of this.came.keys()) if (!received.has(key)) this.came.delete(key);
    for (const key of received.keys()) {
      if (this.came.has(key)) continue;
      this.came.set(key, performance.now());
      setTimeout(() => this.soon(), DRAWING_MS);
    }
    this.soon();
  }

  /** The server may not know any more: a new seat, a new transport. */
  again(): void {
    this.told = null;
    this.soon();
  }

  /** Nothing is wanted, whatever has a tile: the line is spared. */
  rest(resting: boolean): void {
    this.resting = resting;
    this.soon();
  }

  /** Want one picture as large as its sender has it, before all others, until the returned function is called. */
  examine(key: string): () => void {
    this.examined.add(key);
    this.soon();
    return () => {
      this.examined.delete(key);
      this.soon();
    };
  }

  /** How many of the pictures with a tile are held back for lack of room. */
  judge(paused: PausedPictures): { wanted: number; starved: number } {
    const received = this.duties.received();
    const wanted = this.hidden ? [] : [...this.shown.keys()].filter((key) => received.has(key));
    const sent = wanted.filter((key) => paused.get(key) !== "sender" && paused.get(key) !== "crowd");
    return { wanted: sent.length, starved: sent.filter((key) => paused.get(key) === "line").length };
  }

  /** Whether packets should come now: of a microphone that is on, or of a camera with a tile that is not held back. */
  expects({ conference, participantId }: Pick<CallState, "conference" | "participantId">, paused: PausedPictures): boolean {
    const received = this.duties.received();
    return (conference?.participants ?? []).some(({ id, audio, video }) => {
      if (id === participantId) return false;
      const camera = keyOf(id, "camera");
      return (audio && received.has(keyOf(id, "microphone"))) || (video && received.has(camera) && this.isShown(id) && !paused.has(camera));
    });
  }

  /** Whether this participant's camera is wanted now. */
  isShown(participantId: string): boolean {
    return !this.hidden && !this.resting && this.shown.has(keyOf(participantId, "camera"));
  }

  private readonly onVisibility = (): void => {
    if (this.hiding !== null) clearTimeout(this.hiding);
    this.hiding = null;
    if (document.visibilityState === "hidden") {
      this.hiding = setTimeout(() => this.hide(true), HIDE_AFTER_MS);
    } else if (this.hidden) {
      this.hide(false);
    }
  };

  private hide(hidden: boolean): void {
    this.hidden = hidden;
    this.soon();
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.tell();
    }, SETTLE_MS);
  }

  private list(): WatchedTile[] {
    const tiles: WatchedTile[] = [];
    for (const { participantId, source, kind } of this.duties.received().values()) {
      if (kind !== "video" || (source !== "camera" && source !== "screen")) continue;
      const key = keyOf(participantId, source);
      tiles.push({ participant_id: participantId, source, ...this.sizeOf(key), pinned: this.examined.has(key) || this.shown.get(key)?.pinned === true });
    }
    return tiles.sort((a, b) => (keyOf(a.participant_id, a.source) < keyOf(b.participant_id, b.source) ? -1 : 1));
  }

  private sizeOf(key: string): Size {
    if (this.examined.has(key)) return LARGEST;
    const size = this.shown.get(key);
    if (this.hidden || this.resting) return NONE;
    if (size !== undefined) return toDevicePixels(size, window.devicePixelRatio);
    return performance.now() - (this.came.get(key) ?? -DRAWING_MS) < DRAWING_MS ? SMALLEST : NONE;
  }

  private async tell(): Promise<void> {
    const tiles = this.list();
    const text = JSON.stringify(tiles);
    if (text === this.told) return;
    this.told = text;
    if (!(await this.duties.tell(tiles)) && this.told === text) this.told = null;
  }
}
