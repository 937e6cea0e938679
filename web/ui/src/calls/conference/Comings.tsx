/** Says to a screen reader who came, who went, and who shows a screen. */
import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";

import { useCall } from "./callContext";

/** Names by key: what came and what went since the last time; nothing at the first. */
function useChanges(now: ReadonlyMap<string, string>): { came: string[]; went: string[] } {
  const known = useRef<ReadonlyMap<string, string> | null>(null);
  const text = JSON.stringify([...now]);
  const [changes, setChanges] = useState<{ came: string[]; went: string[] }>({ came: [], went: [] });
  useEffect(() => {
    const names = new Map(JSON.parse(text) as [string, string][]);
    const before = known.current;
    known.current = names;
    if (before === null) return;
    const came = [...names].filter(([key]) => !before.has(key)).map(([, name]) => name);
    const went = [...before].filter(([key]) => !names.has(key)).map(([, name]) => name);
    if (came.length + went.length > 0) setChanges({ came, went });
  }, [text]);
  return changes;
}

export function Comings() {
  const { t } = useTranslation();
  const call = useCall();
  const { conference, participantId } = useValue(call.state);
  const received = useValue(call.received);
  const others = (conference?.participants ?? []).filter(({ id }) => id !== participantId);
  const people = useChanges(new Map(others.map(({ id, name }) => [id, name])));
  const shared = [...received.values()].filter(({ source }) => source === "screen").map(({ participantId: id }) => id);
  const screens = useChanges(new Map(others.filter(({ id }) => shared.includes(id)).map(({ id, name }) => [id, name])));
  const hands = useChanges(new Map(others.filter(({ hand_raised_at_ms }) => hand_raised_at_ms !== null).map(({ id, name }) => [id, name])));
  const moderator = conference?.participants.find(({ person_id }) => person_id === conference.moderator_id);
  const moderators = useChanges(new Map(moderator === undefined ? [] : [[moderator.person_id, moderator.id === participantId ? "" : moderator.name]]));
  const said = [
    ...people.came.map((name) => t("conference.came", { name })),
    ...people.went.map((name) => t("conference.went", { name })),
    ...moderators.came.map((name) => (name === "" ? t("conference.moderation.you") : t("conference.moderation.by", { name }))),
  ];
  const shown = [
    ...screens.came.map((name) => t("conference.screen.began", { name })),
    ...screens.went.map((name) => t("conference.screen.ended", { name })),
  ];
  return (
    <>
      <VisuallyHidden role="status">{said.join(", ")}</VisuallyHidden>
      <VisuallyHidden role="status">{hands.came.map((name) => t("conference.hand.up", { name })).join(", ")}</VisuallyHidden>
      <VisuallyHidden role="status" data-testid="screen-news">
        {shown.join(", ")}
      </VisuallyHidden>
    </>
  );
}
