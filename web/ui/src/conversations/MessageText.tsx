/** The words of a message, with web addresses as links and those mentioned by their present names. */
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "@/app/session";
import type { Mention } from "@/protocol/types";

import classes from "./Mention.module.css";
import { splitAtMentions } from "./mentions";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;

function withLinks(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(
      text.slice(done, match.index),
      <a key={match.index} href={match[0]} target="_blank" rel="noopener noreferrer nofollow">
        {match[0]}
      </a>,
    );
    done = match.index + match[0].length;
  }
  parts.push(text.slice(done));
  return parts;
}

function MentionName({ mention }: { mention: Mention }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const isSelf = mention.person_id === null || mention.person_id === selfId;
  return (
    <span className={classes.mention} data-self={isSelf || undefined}>
      @{mention.person_id === null ? t("conversations.mention.everybody") : mention.name}
    </span>
  );
}

export function MessageText({ text, mentions = [] }: { text: string; mentions?: readonly Mention[] | undefined }) {
  return splitAtMentions(text, mentions).map((part, index) =>
    "mention" in part ? <MentionName key={index} mention={part.mention} /> : <Fragment key={index}>{withLinks(part.text)}</Fragment>,
  );
}
