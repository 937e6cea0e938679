/** The words of a message, with web addresses as links and those mentioned by their present names. */
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "@/base/session";
import { splitAtMentions } from "@/conversations/composer/mentions";
import { highlight } from "@/conversations/search/highlight";
import type { Mention } from "@/protocol/conversations";

import classes from "./MessageText.module.css";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;

function withLinks(text: string, searched: string): ReactNode[] {
  const marked = (part: string): ReactNode => (searched === "" ? part : highlight(part, searched));
  const parts: ReactNode[] = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(
      <Fragment key={done}>{marked(text.slice(done, match.index))}</Fragment>,
      <a key={match.index} href={match[0]} target="_blank" rel="noopener noreferrer nofollow">
        {marked(match[0])}
      </a>,
    );
    done = match.index + match[0].length;
  }
  parts.push(<Fragment key={`end ${done}`}>{marked(text.slice(done))}</Fragment>);
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

interface MessageTextProps {
  text: string;
  mentions?: readonly Mention[] | undefined;
  /** Words to mark. */
  searched?: string;
}

export function MessageText({ text, mentions = [], searched = "" }: MessageTextProps) {
  return splitAtMentions(text, mentions).map((part, index) =>
    "mention" in part ? <MentionName key={index} mention={part.mention} /> : <Fragment key={index}>{withLinks(part.text, searched)}</Fragment>,
  );
}
