/** A frozen picture in the call's window: everybody draws on it, and one press brings the live pictures back. */
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconExternalLink, IconVideo } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { Kept, PeopleHere } from "@/boards/BoardState";
import { BoardView } from "@/boards/BoardView";
import type { BoardRoom } from "@/boards/room";
import { openBoard } from "@/boards/windows";

import classes from "./Frozen.module.css";

interface FrozenProps {
  boardId: string;
  /** It is not shown any more, and goes when what was drawn is kept. */
  closing: boolean;
  onClosed: () => void;
  /** Back to live, for everybody or oneself. */
  forAll: boolean;
  onLive: () => void;
}

export default function Frozen({ boardId, closing, onClosed, forAll, onLive }: FrozenProps) {
  const { t } = useTranslation();
  const [room, setRoom] = useState<BoardRoom | null>(null);
  useEffect(() => {
    if (!closing) return;
    void (room === null ? Promise.resolve() : room.finish()).finally(onClosed);
    // Once: what else changes meanwhile is no reason to begin anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [closing]);
  return (
    <section className={classes.frozen} aria-label={t("conference.freeze.label")} data-testid={closing ? "frozen-closing" : "frozen"} data-board={closing ? undefined : boardId} data-closing={closing} inert={closing}>
      <BoardView
        boardId={boardId}
        inCall
        header={(opened) => (
          <div className={classes.frozenBar}>
            <Bar room={opened} onRoom={setRoom} />
            <Tooltip withinPortal={false} label={t("conference.freeze.window")}>
              <ActionIcon variant="subtle" color="gray" size={40} aria-label={t("conference.freeze.window")} onClick={() => openBoard(boardId)}>
                <IconExternalLink size={21} />
              </ActionIcon>
            </Tooltip>
            <Tooltip withinPortal={false} label={t(forAll ? "conference.freeze.liveForAll" : "conference.freeze.liveForOne")}>
              <Button size="sm" radius="xl" color="violet" leftSection={<IconVideo size={19} />} onClick={onLive} data-testid="go-live">
                {t("conference.freeze.live")}
              </Button>
            </Tooltip>
          </div>
        )}
      />
    </section>
  );
}

function Bar({ room, onRoom }: { room: BoardRoom | null; onRoom: (room: BoardRoom) => void }) {
  const { t } = useTranslation();
  useEffect(() => {
    if (room !== null) onRoom(room);
  }, [room, onRoom]);
  if (room === null) return <h2 className={classes.frozenTitle}>{t("conference.freeze.label")}</h2>;
  return <OpenBar room={room} />;
}

function OpenBar({ room }: { room: BoardRoom }) {
  const { t } = useTranslation();
  const state = useValue(room.state);
  return (
    <>
      <h2 className={classes.frozenTitle}>{state.board === null || state.board.title === "" ? t("conference.freeze.label") : state.board.title}</h2>
      <Kept state={state} />
      <PeopleHere people={state.people} />
    </>
  );
}
