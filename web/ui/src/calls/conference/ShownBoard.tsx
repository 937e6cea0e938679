/** Which frozen picture is before this person: the call's, unless they went back to live by themselves. */
import { Button, Loader } from "@mantine/core";
import { IconPhotoEdit } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { api } from "@/calls/rest";

import { useCall } from "./callContext";
import classes from "./Frozen.module.css";
import { Notice } from "./Notices";

const Frozen = lazy(() => import("./Frozen"));

export interface ShownBoards {
  /** The board that is before the person. */
  boardId: string | null;
  /** Boards that go when all on them is kept. */
  leaving: readonly string[];
  /** Who put the call's board there, while this person looks at the live pictures. */
  hiddenOf: string | null;
  /** Back to live is for everybody. */
  forAll: boolean;
  goLive: () => void;
  comeBack: () => void;
  closed: (boardId: string) => void;
}

/** moderates  the person brings everybody back to live */
export function useShownBoards(selfId: string, moderates: boolean): ShownBoards {
  const call = useCall();
  const shown = useValue(call.state).conference?.shown ?? null;
  const [hidden, setHidden] = useState<string | null>(null);
  const [last, setLast] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<readonly string[]>([]);
  const boardId = shown !== null && shown.board_id !== hidden ? shown.board_id : null;
  if (boardId !== last) {
    setLast(boardId);
    setLeaving((all) => [...all, ...(last === null ? [] : [last])].filter((one) => one !== boardId));
  }
  const forAll = moderates || shown?.shown_by === selfId;
  const goLive = () => {
    const conferenceId = call.state.get().conference?.id;
    if (shown === null || conferenceId === undefined) return;
    if (forAll) void api.conferences.goLive(conferenceId).then((conference) => call.takeConference(conference), tellProblem);
    else setHidden(shown.board_id);
  };
  const closed = useCallback((id: string) => setLeaving((all) => all.filter((one) => one !== id)), []);
  return { boardId, leaving, hiddenOf: shown !== null && boardId === null ? shown.name : null, forAll, goLive, comeBack: () => setHidden(null), closed };
}

export function ShownBoard({ boards }: { boards: ShownBoards }) {
  const { boardId, leaving, forAll, goLive, closed } = boards;
  return (
    <>
      {[...leaving, ...(boardId === null ? [] : [boardId])].map((id) => (
        <Suspense key={id} fallback={id === boardId && <Opening />}>
          <Frozen boardId={id} closing={id !== boardId} onClosed={() => closed(id)} forAll={forAll} onLive={goLive} />
        </Suspense>
      ))}
    </>
  );
}

function Opening() {
  const { t } = useTranslation();
  return (
    <div className={classes.frozen} role="status" aria-label={t("conference.freeze.opening")}>
      <Loader className={classes.frozenLoader ?? ""} color="violet" />
    </div>
  );
}

/** The way back to a frozen picture that others still look at. */
export function HiddenBoardNotice({ boards: { hiddenOf, comeBack } }: { boards: ShownBoards }) {
  const { t } = useTranslation();
  if (hiddenOf === null) return null;
  return (
    <Notice icon={<IconPhotoEdit size={20} />} text={t("conference.freeze.hidden", { name: hiddenOf })} testId="frozen-hidden">
      <Button size="compact-sm" variant="white" color="dark" onClick={comeBack} data-testid="frozen-show">
        {t("conference.freeze.show")}
      </Button>
    </Notice>
  );
}
