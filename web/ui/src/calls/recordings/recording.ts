/** A recording as its message carries it: every track a file of its own, placed on one clock. */
import type { Message } from "@/protocol/conversations";

export interface RecordedTrack {
  file_id: string;
  participant_id: string;
  name: string;
  guest: boolean;
  source: "microphone" | "camera" | "screen" | "screen_audio";
  kind: "audio" | "video";
  start_ms: number;
  end_ms: number;
  /** From when to when it sent no picture: the camera was off, or the line lost. Recordings of earlier versions do not say it. */
  off_ms?: readonly (readonly [number, number])[];
}

/** The recording as one file: on its way, there, or why not. */
export interface Composed {
  state: "waiting" | "making" | "ready" | "failed";
  percent: number;
  reason: string;
  asked_by: string;
  file_id: string | null;
}

export interface Recording {
  id: string;
  started_at_ms: number;
  duration_ms: number;
  tracks: readonly RecordedTrack[];
  composed?: Composed;
}

/** The recording of a message, or null; a deleted message has none. */
export function recordingOf(message: Message): Recording | null {
  const found = message.kind === "file" ? message.body?.recording : undefined;
  return found === undefined || found === null ? null : (found as Recording);
}

export function isRecording(message: Message): boolean {
  return recordingOf(message) !== null;
}

/** How long the last picture still stands: the time of a few that may come late. */
const STANDS_MS = 300;

/** Whether a track has a picture to show when the recording is at a position: its last one is none any more. */
export function showsPicture(track: RecordedTrack, positionS: number): boolean {
  if (placeIn(track, positionS) === null) return false;
  return track.off_ms?.some(([from, to]) => positionS * 1000 >= from + STANDS_MS && positionS * 1000 < to) !== true;
}

/** Where a track is when the recording is at a position; null outside of it. Seconds in, seconds out. */
export function placeIn(track: RecordedTrack, positionS: number): number | null {
  const placeS = positionS - track.start_ms / 1000;
  return placeS < 0 || positionS >= track.end_ms / 1000 ? null : placeS;
}
