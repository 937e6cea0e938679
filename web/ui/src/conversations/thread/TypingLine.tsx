/** Who is writing now. */
import { useTranslation } from "react-i18next";

import { useFeed } from "@/base/session";
import { useValue } from "@/base/useValue";
import { ConversationsFeed } from "@/conversations/feed";
import type { Conversation } from "@/protocol/conversations";

import classes from "./TypingLine.module.css";

export function TypingLine({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const { typing } = useFeed(ConversationsFeed);
  const writers = useValue(typing.people)[conversation.id] ?? [];
  const begun = useValue(typing.begun)[conversation.id] ?? "";
  const names = writers
    .map((id) => conversation.members.find((member) => member.person_id === id)?.name)
    .filter((name) => name !== undefined)
    .map((name) => name || t("desk.unknown"));
  return (
    <div className={classes.typing} role="status" aria-live="polite">
      {names.length > 0 && (
        <>
          <span className={classes.dots} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {names.length === 1
            ? t("conversations.typing.one", { name: names[0] })
            : t("conversations.typing.several", { names: names.join(", ") })}
          {begun !== "" && <q className={classes.begun}>{begun}</q>}
        </>
      )}
    </div>
  );
}
