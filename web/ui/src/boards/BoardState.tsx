/** Of an open whiteboard: whether all of it is kept, and who is here. */
import { Badge, Tooltip } from "@mantine/core";
import { IconCloudCheck, IconCloudOff, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/base/people";
import { useLive } from "@/base/session";
import { useValue } from "@/base/useValue";

import classes from "./board.module.css";
import type { BoardPerson } from "./rest";
import type { BoardState } from "./sync";

const SHOWN_PEOPLE = 4;

export function Kept({ state }: { state: BoardState }) {
  const { t } = useTranslation();
  const link = useValue(useLive().link);
  if (state.phase !== "open") return null;
  const isOffline = link !== "online";
  let label = t("boards.kept");
  if (isOffline) label = state.unsent > 0 ? t("boards.offlineUnsent", { count: state.unsent }) : t("boards.offline");
  else if (state.unsent > 0) label = t("boards.saving");
  const Icon = isOffline ? IconCloudOff : state.unsent > 0 ? IconRefresh : IconCloudCheck;
  return (
    <span className={classes.kept} role="status" data-testid="kept" data-unsent={state.unsent} data-offline={isOffline || undefined}>
      <Icon size={18} aria-hidden="true" />
      <span className={isOffline ? "" : (classes.wideOnly ?? "")}>{label}</span>
    </span>
  );
}

export function PeopleHere({ people }: { people: readonly BoardPerson[] }) {
  const { t } = useTranslation();
  const here = [...new Map(people.map((person) => [person.person_id, person])).values()];
  if (here.length === 0) return null;
  const more = here.length - SHOWN_PEOPLE;
  return (
    <Tooltip label={here.map(({ name }) => name).join(", ")}>
      <div className={classes.people} role="img" aria-label={t("boards.here", { names: here.map(({ name }) => name).join(", ") })} data-testid="people-here" data-count={here.length}>
        {here.slice(0, SHOWN_PEOPLE).map((person) => (
          <Picture key={person.person_id} id={person.person_id} name={person.name} url={person.avatar_url} size={30} />
        ))}
        {more > 0 && (
          <Badge circle size="lg" variant="default">
            +{more}
          </Badge>
        )}
      </div>
    </Tooltip>
  );
}
