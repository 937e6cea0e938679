/** A whiteboard in its own window: drawn on together, kept by the server (CONF-013, BEY-030). */
import { Button, Loader, Text, useComputedColorScheme } from "@mantine/core";
import { IconPencilOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/app/Empty";
import { currentLanguage } from "@/app/i18n";
import { Loading } from "@/app/Loading";
import { ProblemAlert, tellProblem, tellRefusal } from "@/app/problems";
import { useLive } from "@/app/session";
import { useStore } from "@/app/store";
import { filesOf } from "@/files/choosing";
import { api } from "@/protocol/api";

import classes from "./board.module.css";
import { addBackdrop, addPictures, type Backdrop } from "./backdrops";
import { BoardHeader } from "./BoardHeader";
import type { Canvas } from "./library/drawing";
import { BoardRoom } from "./room";

const Drawing = lazy(() => import("./library/drawing").then(({ Drawing }) => ({ default: Drawing })));

export function BoardPage() {
  const { boardId = "" } = useParams({ strict: false });
  return <OneBoard key={boardId} boardId={boardId} backdrop={null} />;
}

/** A window that was opened for a board that is not there yet: it makes it, and has its address afterwards. */
export function NewBoardPage() {
  const { conversation = "", client = "", picture, file, page } = useSearch({ strict: false });
  const navigate = useNavigate();
  // The same client id makes nothing twice: the window may be loaded anew.
  const made = useQuery({
    queryKey: ["new board", conversation, client],
    queryFn: () => api.boards.create(conversation, client),
    staleTime: Infinity,
  });
  const boardId = made.data?.id;
  let backdrop: Backdrop | null = null;
  if (picture !== undefined) backdrop = { pictureId: picture };
  else if (file !== undefined) backdrop = { fileId: file, conversationId: conversation, page: page ?? 1 };
  if (made.isError) {
    return (
      <div className={classes.notice}>
        <ProblemAlert error={made.error} onRetry={() => void made.refetch()} />
      </div>
    );
  }
  if (boardId === undefined) return <Loading />;
  const onReady = () => void navigate({ to: "/board/$boardId", params: { boardId }, replace: true });
  return backdrop === null ? <Elsewhere onReady={onReady} /> : <OneBoard key={boardId} boardId={boardId} backdrop={backdrop} onBackdrop={onReady} />;
}

function Elsewhere({ onReady }: { onReady: () => void }) {
  useEffect(onReady);
  return <Loading />;
}

interface OneBoardProps {
  boardId: string;
  /** To be put under everything once the board is open. */
  backdrop: Backdrop | null;
  onBackdrop?: () => void;
}

// locale-keys: boards.refused.*
const REFUSALS = new Set(["board_full", "element_too_large", "bad_link", "element_collected", "read_only"]);

/** The sentence for a code of the server. */
function refusalKey(code: string): string {
  const reason = code.split(".")[1] ?? "";
  return `boards.refused.${REFUSALS.has(reason) ? reason : "other"}`;
}

function OneBoard({ boardId, backdrop, onBackdrop }: OneBoardProps) {
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
  const theme = useComputedColorScheme("light");
  return (
    <main className={classes.page} data-testid="board" data-board={boardId}>
      {room === null ? <header className={classes.header} /> : <RoomHeader room={room} />}
      <div className={classes.body}>
        <Suspense fallback={<Loading />}>
          <Sheet room={room} theme={theme} onCanvas={setCanvas} />
        </Suspense>
        {room !== null && <Curtain room={room} backdrop={backdrop} {...(onBackdrop && { onBackdrop })} />}
      </div>
    </main>
  );
}

function RoomHeader({ room }: { room: BoardRoom }) {
  const { t } = useTranslation();
  const state = useStore(room.state);
  const title = state.board === null || state.board.title === "" ? t("boards.untitled") : state.board.title;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (state.unsent === 0) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [state.unsent]);
  return <BoardHeader room={room} state={state} title={title} />;
}

function Sheet({ room, theme, onCanvas }: { room: BoardRoom | null; theme: "light" | "dark"; onCanvas: (canvas: Canvas) => void }) {
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
  }, [room, draws]);
  return (
    <Drawing
      language={currentLanguage()}
      theme={theme}
      draws={draws}
      onReady={onCanvas}
      onChange={() => room?.changed()}
      onPoint={(pointed) => room?.point(pointed)}
    />
  );
}

/** What lies over the canvas while it is not to be drawn on. */
function Curtain({ room, backdrop, onBackdrop }: { room: BoardRoom; backdrop: Backdrop | null; onBackdrop?: () => void }) {
  const { t } = useTranslation();
  const { phase, problem, draws } = useStore(room.state);
  const live = useLive();
  const link = useStore(live.link);
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
