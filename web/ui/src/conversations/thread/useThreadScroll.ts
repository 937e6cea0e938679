/**
 * Where the reader is in a run of messages that grows at both ends.
 *
 * How it works: after every scroll the first visible message and its place are noted; after every change of the rows the
 * same message is put back at that place, or the end is shown when the reader was at the end. A day line would not do:
 * it moves up when older messages of its day arrive. Safari has no scroll anchoring, so the browser's own is switched off.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const END_TOLERANCE_PX = 48;
const PAGE_AHEAD_PX = 900;

export interface ThreadScroll {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  onScroll: () => void;
  toEnd: () => void;
  /** Bring the row with this `data-row` into view; false when it is not there. */
  toRow: (row: string, place: "top" | "middle") => boolean;
  /** Largest `data-seq` that is in view, 0 when none is. */
  visibleSeq: () => number;
}

interface Options {
  /** Changes whenever rows change. */
  rows: unknown;
  onNearStart: () => void;
  onNearEnd: () => void;
  /** After each scroll or layout. */
  onSettled: () => void;
}

export function useThreadScroll({ rows, onNearStart, onNearEnd, onSettled }: Options): ThreadScroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const anchor = useRef<{ row: string; offsetPx: number } | null>(null);
  const callbacks = useRef({ onNearStart, onNearEnd, onSettled });
  const [isAtEnd, setAtEnd] = useState(true);

  useEffect(() => {
    callbacks.current = { onNearStart, onNearEnd, onSettled };
  });

  const note = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    const belowPx = box.scrollHeight - box.scrollTop - box.clientHeight;
    sticks.current = belowPx < END_TOLERANCE_PX;
    setAtEnd(sticks.current);
    anchor.current = null;
    const topPx = box.getBoundingClientRect().top;
    for (const row of content.current?.querySelectorAll<HTMLElement>("[data-seq]") ?? []) {
      const place = row.getBoundingClientRect();
      if (place.bottom <= topPx + 1) continue;
      anchor.current = { row: row.dataset.row ?? "", offsetPx: place.top - topPx };
      break;
    }
    if (box.scrollTop < PAGE_AHEAD_PX) callbacks.current.onNearStart();
    if (belowPx < PAGE_AHEAD_PX) callbacks.current.onNearEnd();
    callbacks.current.onSettled();
  }, []);

  const restore = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    if (sticks.current) box.scrollTop = box.scrollHeight;
    else if (anchor.current !== null) {
      const row = content.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(anchor.current.row)}"]`);
      if (row) box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.current.offsetPx;
    }
    callbacks.current.onSettled();
  }, []);

  useLayoutEffect(restore, [rows, restore]);

  useEffect(() => {
    const observer = new ResizeObserver(restore);
    if (scroller.current !== null) observer.observe(scroller.current);
    if (content.current !== null) observer.observe(content.current);
    return () => observer.disconnect();
  }, [restore]);

  const toEnd = useCallback(() => {
    sticks.current = true;
    restore();
  }, [restore]);

  const toRow = useCallback(
    (row: string, place: "top" | "middle") => {
      const box = scroller.current;
      const node = content.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row)}"]`);
      if (box === null || !node) return false;
      const offsetPx = place === "top" ? 72 : (box.clientHeight - node.offsetHeight) / 2;
      box.scrollTop += node.getBoundingClientRect().top - box.getBoundingClientRect().top - offsetPx;
      note();
      return true;
    },
    [note],
  );

  const visibleSeq = useCallback(() => {
    const bottomPx = scroller.current?.getBoundingClientRect().bottom ?? 0;
    const rowsWithSeq = content.current?.querySelectorAll<HTMLElement>("[data-seq]") ?? [];
    for (let index = rowsWithSeq.length - 1; index >= 0; index -= 1) {
      const row = rowsWithSeq[index];
      // A message counts as seen when its first line is.
      if (row && row.getBoundingClientRect().top + 24 <= bottomPx) return Number(row.dataset.seq);
    }
    return 0;
  }, []);

  return { scroller, content, isAtEnd, onScroll: note, toEnd, toRow, visibleSeq };
}
