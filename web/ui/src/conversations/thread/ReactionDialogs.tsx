/** Choosing any emoji, and everybody who reacted to a message. */
import { Modal, TextInput } from "@mantine/core";
import { IconMoodEmpty, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { Picture } from "@/base/people";
import { ProblemAlert } from "@/base/problems";
import { keys } from "@/conversations/keys";
import { api } from "@/conversations/rest";
import type { Message } from "@/protocol/conversations";

import { EMOJI, findEmoji, readRecent, rememberRecent } from "./emoji";
import classes from "./Reactions.module.css";
import { useReact } from "./useReact";

function Grid({ emoji, onPick }: { emoji: readonly string[]; onPick: (emoji: string) => void }) {
  return (
    <div className={classes.grid}>
      {emoji.map((one) => (
        <button key={one} type="button" className={classes.pick} onClick={() => onPick(one)}>
          {one}
        </button>
      ))}
    </div>
  );
}

// locale-keys: conversations.emoji.*
export function EmojiPicker({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [recent] = useState(readRecent);
  const react = useReact(message);
  const found = findEmoji(words);
  const pick = (emoji: string) => {
    rememberRecent(emoji);
    react.mutate({ emoji, set: true });
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("conversations.reaction.choose")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <TextInput
        type="search"
        data-autofocus
        aria-label={t("conversations.reaction.search")}
        placeholder={t("conversations.reaction.search")}
        leftSection={<IconSearch size={17} aria-hidden="true" />}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = found[0];
          if (event.key === "Enter" && words.trim() !== "" && first !== undefined) pick(first);
        }}
      />
      <div className={classes.picker}>
        {words.trim() !== "" && found.length === 0 && (
          <Empty icon={IconMoodEmpty} title={t("conversations.search.nothing")} text={t("conversations.reaction.nothingText")} />
        )}
        {words.trim() !== "" && (
          <div className={classes.heading}>
            <Grid emoji={found} onPick={pick} />
          </div>
        )}
        {words.trim() === "" && (
          <>
            {recent.length > 0 && (
              <>
                <h3 className={classes.heading}>{t("conversations.emoji.recent")}</h3>
                <Grid emoji={recent} onPick={pick} />
              </>
            )}
            {EMOJI.map(({ name, rows }) => (
              <section key={name}>
                <h3 className={classes.heading}>{t(`conversations.emoji.${name}`)}</h3>
                <Grid emoji={rows.map(([emoji]) => emoji)} onPick={pick} />
              </section>
            ))}
          </>
        )}
      </div>
    </Modal>
  );
}

export function WhoReacted({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: keys.reactions(message.id),
    queryFn: () => api.messages.reactions(message.conversation_id, message.id),
    staleTime: 0,
  });
  return (
    <Modal opened onClose={onClose} title={t("conversations.reaction.who")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined && !query.isError && <Loading />}
      {query.data?.items.length === 0 && <Empty icon={IconMoodEmpty} title={t("conversations.reaction.none")} text="" />}
      {(query.data?.items ?? []).map((reaction) => (
        <section key={reaction.emoji}>
          <h3 className={classes.heading}>
            {reaction.emoji} {reaction.count}
          </h3>
          {reaction.people.map((person) => (
            <div key={person.id} className={classes.who}>
              <Picture id={person.id} name={person.name} url={null} size={32} />
              <span>{person.name}</span>
            </div>
          ))}
        </section>
      ))}
    </Modal>
  );
}
