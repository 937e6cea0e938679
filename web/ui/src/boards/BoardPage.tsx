/** A whiteboard in its own window: drawn on together, kept by the server (CONF-013, BEY-030). */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useValue } from "@/base/useValue";

import type { Backdrop } from "./backdrops";
import classes from "./board.module.css";
import { BoardHeader } from "./BoardHeader";
import { BoardView } from "./BoardView";
import { api } from "./rest";
import type { BoardRoom } from "./room";

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
  backdrop: Backdrop | null;
  onBackdrop?: () => void;
}

function OneBoard({ boardId, backdrop, onBackdrop }: OneBoardProps) {
  return (
    <main className={classes.page} data-testid="board" data-board={boardId}>
      <BoardView
        boardId={boardId}
        backdrop={backdrop}
        {...(onBackdrop && { onBackdrop })}
        header={(room) => (room === null ? <header className={classes.header} /> : <RoomHeader room={room} />)}
      />
    </main>
  );
}

function RoomHeader({ room }: { room: BoardRoom }) {
  const { t } = useTranslation();
  const state = useValue(room.state);
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
