/** Reactions under a message: an emoji and how many; a press joins in or takes it back, a long one shows who. */
import { Tooltip } from "@mantine/core";
import { IconMoodPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useLive } from "@/base/session";
import { keys } from "@/conversations/keys";
import { api, type Reaction } from "@/conversations/rest";
import type { Message } from "@/protocol/conversations";

import classes from "./Reactions.module.css";
import { useThreadActions } from "./threadActions";
import { useLongPress } from "./useLongPress";
import { useReact } from "./useReact";

const NAMES_SHOWN = 8;
const OWN_ASKED_AGAIN_MS = 60_000;

/** A message names the first ones only; whether one is among many more is asked for. */
function useOwnReactions(message: Message, reactions: readonly Reaction[]): ReadonlySet<string> {
  const { selfId } = useLive();
  const isNamed = (reaction: Reaction) => reaction.people.some((person) => person.id === selfId);
  const unsure = reactions.some((reaction) => reaction.count > reaction.people.length && !isNamed(reaction));
  const { data } = useQuery({
    queryKey: keys.reactions(message.id),
    queryFn: () => api.messages.reactions(message.conversation_id, message.id),
    enabled: unsure,
    staleTime: OWN_ASKED_AGAIN_MS,
  });
  const all = unsure ? (data?.items ?? reactions) : reactions;
  return new Set(all.filter(isNamed).map((reaction) => reaction.emoji));
}

function Chip({ message, reaction, isOwn }: { message: Message; reaction: Reaction; isOwn: boolean }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const { showReactions } = useThreadActions();
  const react = useReact(message);
  const press = useLongPress(() => showReactions(message));
  const named = reaction.people.slice(0, NAMES_SHOWN).map((person) => (person.id === selfId ? t("conversations.reaction.you") : person.name));
  const others = reaction.count - named.length;
  const names = others > 0 ? t("conversations.reaction.andOthers", { names: named.join(", "), count: others }) : named.join(", ");
  return (
    <Tooltip label={names} multiline maw={280} events={{ hover: true, focus: true, touch: false }}>
      <button
        type="button"
        className={classes.chip}
        aria-pressed={isOwn}
        aria-label={t("conversations.reaction.chip", { emoji: reaction.emoji, count: reaction.count, names })}
        {...press}
        onClick={() => react.mutate({ emoji: reaction.emoji, set: !isOwn })}
      >
        <span className={classes.emoji} aria-hidden="true">
          {reaction.emoji}
        </span>
        <span aria-hidden="true">{reaction.count}</span>
      </button>
    </Tooltip>
  );
}

export function Reactions({ message, reactions }: { message: Message; reactions: readonly Reaction[] }) {
  const { t } = useTranslation();
  const { react } = useThreadActions();
  const own = useOwnReactions(message, reactions);
  return (
    <div className={classes.row} role="group" aria-label={t("conversations.reaction.label")}>
      {reactions.map((reaction) => (
        <Chip key={reaction.emoji} message={message} reaction={reaction} isOwn={own.has(reaction.emoji)} />
      ))}
      <button type="button" className={classes.chip} aria-label={t("conversations.reaction.add")} onClick={() => react(message)}>
        <IconMoodPlus size={17} stroke={1.7} />
      </button>
    </div>
  );
}
