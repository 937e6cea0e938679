/** A whiteboard that is open here: its canvas, what lies over it, and above it whatever the place shows. */
import { Button, Loader, Text, useComputedColorScheme } from "@mantine/core";
import { IconPencilOff } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { currentLanguage } from "@/base/i18n";
import { Loading } from "@/base/Loading";
import { ProblemAlert, tellProblem, tellRefusal } from "@/base/problems";
import { useLive } from "@/base/session";
import { useValue } from "@/base/useValue";
import { filesOf } from "@/files/choosing";

import { addBackdrop, addPictures, type Backdrop } from "./backdrops";
import classes from "./board.module.css";
import type { Canvas } from "./library/drawing";
import { BoardRoom } from "./room";

const Drawing = lazy(() => import("./library/drawing").then(({ Drawing }) => ({ default: Drawing })));

const WIDTH_STEP_PX = 40;
/** The library learns of its size a moment later. */
const SETTLED_MS = 150;

interface BoardViewProps {
  boardId: string;
  /** To be put under everything once the board is open. */
  backdrop?: Backdrop | null;
  onBackdrop?: () => void;
  header: (room: BoardRoom | null) => ReactNode;
  /** Beside a call. */
  inCall?: boolean;
}

// locale-keys: boards.refused.*
const REFUSALS = new Set(["board_full", "element_too_large", "bad_link", "element_collected", "read_only"]);

/** The sentence for a code of the server. */
function refusalKey(code: string): string {
  const reason = code.split(".")[1] ?? "";
  return `boards.refused.${REFUSALS.has(reason) ? reason : "other"}`;
}

export function BoardView({ boardId, backdrop = null, onBackdrop, header, inCall = false }: BoardViewProps) {
  const { t } = useTranslation();
  const live = useLive();
  const [canvas, setCanvas] = useState<Canvas | null>(null);
  const [room, setRoom] = useState<BoardRoom | null>(null);
  useEffect(() => {
    if (canvas === null) return;
    const made = new BoardRoom(boardId, live.socket, canvas);
    made.sync.onRefused = (codes) => codes.forEach((code) => tellRefusal(t(refusalKey(code))));
    made.pictures.onProblem = tellProblem;
    made.start();
    // The room begins with the canvas, which the library makes when it likes.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setRoom(made);
    return () => made.stop();
  }, [boardId, canvas, live, t]);
  return (
    <>
      {header(room)}
      <div className={classes.body}>
        <Suspense fallback={<Loading />}>
          <Sheet room={room} inCall={inCall} onCanvas={setCanvas} />
        </Suspense>
        {room !== null && <Curtain room={room} backdrop={backdrop} {...(onBackdrop && { onBackdrop })} />}
      </div>
    </>
  );
}

function Sheet({ room, inCall, onCanvas }: { room: BoardRoom | null; inCall: boolean; onCanvas: (canvas: Canvas) => void }) {
  const theme = useComputedColorScheme("light");
  const element = useRef<HTMLDivElement>(null);
  const [draws, setDraws] = useState(false);
  useEffect(() => {
    if (room === null) return;
    const follow = () => setDraws(room.state.get().draws);
    follow();
    return room.state.subscribe(follow);
  }, [room]);
  useEffect(() => {
    if (room === null || !draws) return;
    // Before the library sees them: pictures go to our server, and what it would do to them our policy refuses.
    const take = (event: Event, data: DataTransfer | null) => {
      // A call has other places where pictures go.
      if (inCall && !(event.target instanceof Node && element.current?.contains(event.target) === true)) return;
      const files = filesOf(data).filter(({ type }) => type.startsWith("image/"));
      if (files.length === 0) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void addPictures(room, files);
    };
    const onPaste = (event: ClipboardEvent) => take(event, event.clipboardData);
    const onDrop = (event: DragEvent) => take(event, event.dataTransfer);
    window.addEventListener("paste", onPaste, true);
    window.addEventListener("drop", onDrop, true);
    return () => {
      window.removeEventListener("paste", onPaste, true);
      window.removeEventListener("drop", onDrop, true);
    };
  }, [room, draws, inCall]);
  useEffect(() => {
    if (room === null || !inCall || element.current === null) return;
    // The phone is turned, or a panel opens: the picture stays in sight. A keyboard that comes up changes the height alone.
    let width = element.current.clientWidth;
    const observer = new ResizeObserver(([entry]) => {
      const now = Math.round(entry?.contentRect.width ?? width);
      if (Math.abs(now - width) < WIDTH_STEP_PX) return;
      width = now;
      setTimeout(() => room.canvas.showAll(), SETTLED_MS);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [room, inCall]);
  return (
    <div ref={element} className={classes.sheet}>
      <Drawing
        language={currentLanguage()}
        // A frozen picture keeps its colours: the library's dark theme turns them round.
        theme={inCall ? "light" : theme}
        draws={draws}
        inCall={inCall}
        onReady={onCanvas}
        onChange={() => room?.changed()}
        onPoint={(pointed) => room?.point(pointed)}
      />
    </div>
  );
}

/** What lies over the canvas while it is not to be drawn on. */
function Curtain({ room, backdrop, onBackdrop }: { room: BoardRoom; backdrop: Backdrop | null; onBackdrop?: () => void }) {
  const { t } = useTranslation();
  const { phase, problem, draws } = useValue(room.state);
  const live = useLive();
  const link = useValue(live.link);
  const [isFetching, setFetching] = useState(backdrop !== null);
  useEffect(() => {
    if (backdrop === null || phase !== "open" || !draws) return;
    addBackdrop(room, backdrop)
      .then(() => room.stored())
      .catch(tellProblem)
      .finally(() => {
        setFetching(false);
        onBackdrop?.();
      });
    // Once for each board: its address changes afterwards.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [phase === "open" && draws]);
  if (phase === "gone") {
    return (
      <div className={classes.curtain}>
        <Empty icon={IconPencilOff} title={t("boards.gone.title")} text={t("boards.gone.text")}>
          <Button component="a" href="/conferencing">
            {t("boards.back")}
          </Button>
        </Empty>
      </div>
    );
  }
  if (phase === "failed") {
    return (
      <div className={classes.curtain}>
        <ProblemAlert error={problem} onRetry={() => room.sync.retry()} />
      </div>
    );
  }
  if (phase === "opening" || isFetching) {
    return (
      <div className={classes.curtain} role="status">
        <Loader type="dots" />
        <Text size="sm" c="dimmed">
          {isFetching ? t("boards.backdrop.fetching") : link === "online" ? t("boards.opening") : t("boards.connecting")}
        </Text>
      </div>
    );
  }
  return null;
}
