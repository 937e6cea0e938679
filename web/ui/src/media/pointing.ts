/**
 * Pointing at pictures of the call: where, on which picture, by whom.
 *
 * How it works: places are shares of the picture as its sender's camera sees it, so that they are the same spot at
 * everybody, whatever part a tile shows and whether it is mirrored. They go out some ten times a second, need not arrive,
 * and are forgotten after a second. One's own are shown at once.
 */
import { keyOf } from "@/media/peer/receiving";
import type { Signalling } from "@/media/peer/signalling";
import { Observable } from "@/protocol/observable";
import type { SocketEvents } from "@/protocol/socketEvents";

type PointerShown = SocketEvents["pointer:shown"];

/** Of a picture: 0..1 from its upper left corner. */
export interface Spot {
  x: number;
  y: number;
}

export interface Pointer extends Spot {
  /** The seat of whoever points; null: oneself. */
  by: string | null;
  /** By `keyOf` whose picture. */
  key: string;
}

export const POINTER_SHOWN_MS = 1_000;
export const POINT_EVERY_MS = 90;

/** How an element shows a picture. */
export interface Frame {
  box: { left: number; top: number; width: number; height: number };
  picture: { width: number; height: number };
  /** All of it, with room beside it; else it fills the box and is cut. */
  whole: boolean;
  mirrored: boolean;
}

/** Where the whole picture lies, in the coordinates of its box; may be larger than that. */
function lay({ box, picture, whole }: Frame): { left: number; top: number; width: number; height: number } {
  const choose = whole ? Math.min : Math.max;
  const scale = choose(box.width / Math.max(1, picture.width), box.height / Math.max(1, picture.height));
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height };
}

/** Which spot of the picture lies at a place of the screen; null: beside the picture. */
export function toSpot(place: { left: number; top: number }, frame: Frame): Spot | null {
  const { left, top, width, height } = lay(frame);
  if (width === 0 || height === 0) return null;
  const along = (place.left - left) / width;
  const x = frame.mirrored ? 1 - along : along;
  const y = (place.top - top) / height;
  return x < 0 || x > 1 || y < 0 || y > 1 ? null : { x, y };
}

/** Where on the screen a spot lies; null: in a part of the picture that is cut off here. */
export function toPlace({ x, y }: Spot, frame: Frame): { left: number; top: number } | null {
  const { left, top, width, height } = lay(frame);
  const { box } = frame;
  const place = { left: left + (frame.mirrored ? 1 - x : x) * width, top: top + y * height };
  const inside = place.left >= box.left && place.left <= box.left + box.width && place.top >= box.top && place.top <= box.top + box.height;
  return inside ? place : null;
}

export class Pointing {
  readonly pointers = new Observable<readonly Pointer[]>([]);
  /** Whether this page's mouse or finger points, rather than presses. */
  readonly on = new Observable(false);
  private readonly ends = new Map<string | null, ReturnType<typeof setTimeout>>();
  private sentAtMs = -POINT_EVERY_MS;

  constructor(
    private readonly signalling: Pick<Signalling, "hint">,
    private readonly conferenceId: () => string | null,
    private readonly now: () => number = () => performance.now(),
  ) {}

  toggle(): void {
    this.on.set(!this.on.get());
  }

  /** This page points at a spot of a participant's picture. */
  point(participant_id: string, source: "camera" | "screen", { x, y }: Spot): void {
    this.show({ by: null, key: keyOf(participant_id, source), x, y });
    const conference_id = this.conferenceId();
    if (conference_id === null || this.now() - this.sentAtMs < POINT_EVERY_MS) return;
    this.sentAtMs = this.now();
    this.signalling.hint("conference:point", { conference_id, participant_id, source, x, y });
  }

  take({ pointed_by, participant_id, source, x, y }: PointerShown): void {
    this.show({ by: pointed_by, key: keyOf(participant_id, source), x, y });
  }

  private show(pointer: Pointer): void {
    const others = () => this.pointers.get().filter(({ by }) => by !== pointer.by);
    this.pointers.set([...others(), pointer]);
    clearTimeout(this.ends.get(pointer.by));
    this.ends.set(
      pointer.by,
      setTimeout(() => {
        this.ends.delete(pointer.by);
        this.pointers.set(others());
      }, POINTER_SHOWN_MS),
    );
  }
}
