/** How good everybody's line is, as the server sees it: the same for everybody in the call. */
import type { Signalling } from "@/media/peer/signalling";
import type { Observable } from "@/protocol/observable";
import type { SocketEvents } from "@/protocol/socketEvents";

export type LineQuality = SocketEvents["conference:quality"]["lines"][number];
export type Level = LineQuality["level"];

/** One participant's lines: what comes from them, what goes to them. */
export type Quality = Readonly<Partial<Record<LineQuality["direction"], LineQuality>>>;
export type Qualities = ReadonlyMap<string, Quality>;
export const NO_QUALITY: Qualities = new Map();

const LEVELS: readonly Level[] = ["good", "fair", "poor", "lost"];

export function groupQuality(lines: readonly LineQuality[]): Qualities {
  const found = new Map<string, Quality>();
  for (const line of lines) found.set(line.participant_id, { ...found.get(line.participant_id), [line.direction]: line });
  return found;
}

/** What is worth a word on a tile: nothing while both ways are good; else the worse one, and which way it is. */
export function troubleOf(quality: Quality | undefined): { level: Exclude<Level, "good">; way: "publish" | "receive" } | null {
  const publish = quality?.publish?.level ?? "good";
  const receive = quality?.receive?.level ?? "good";
  const way = LEVELS.indexOf(publish) >= LEVELS.indexOf(receive) ? "publish" : "receive";
  const level = way === "publish" ? publish : receive;
  return level === "good" ? null : { level, way };
}

/** Keep a value up to date with what the server says; gives what ends that. ours: whether it is about this call. */
export function listenToQuality(signalling: Signalling, qualities: Observable<Qualities>, ours: (conferenceId: string) => boolean): () => void {
  return signalling.on("conference:quality", (event) => {
    if (ours(event.conference_id)) qualities.set(groupQuality(event.lines));
  });
}
