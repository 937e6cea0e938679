/** Forward a message to one or several of one's conversations. */
import { Button, Checkbox, Group, Modal, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconMessageOff, IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { ProblemAlert, tellDone } from "@/base/problems";
import { useLive } from "@/base/session";
import { keys } from "@/conversations/keys";
import { ConversationIcon } from "@/conversations/list/Tile";
import { useConversationList } from "@/conversations/queries";
import { useExcerpt } from "@/conversations/quoted";
import { api } from "@/conversations/rest";
import { titleOf } from "@/conversations/titles";
import type { Conversation, Message } from "@/protocol/conversations";

import classes from "./ForwardDialog.module.css";

const CHOSEN_MAX = 10;
const SEARCH_DELAY_MS = 250;

export function ForwardDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const live = useLive();
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words.trim(), SEARCH_DELAY_MS);
  const [chosen, setChosen] = useState<readonly Conversation[]>([]);
  // One id for all tries, so that a lost answer forwards nothing twice.
  const [clientId] = useState(() => crypto.randomUUID());
  const excerpt = useExcerpt(message);
  const direct = useConversationList("direct");
  const cases = useConversationList("case");
  const found = useQuery({
    queryKey: keys.search(query, {}),
    queryFn: ({ signal }) => api.conversations.search(query, {}, null, 20, signal),
    enabled: query !== "",
  });
  const listed = [...(direct.data?.items ?? []), ...(cases.data?.items ?? [])].sort((a, b) => b.last_activity_at_ms - a.last_activity_at_ms);
  const offered = query === "" ? listed : (found.data?.conversations ?? []);
  const shown = [...chosen, ...offered.filter((row) => chosen.every((one) => one.id !== row.id))];
  const isLoading = query === "" ? direct.isLoading || cases.isLoading : found.isLoading;
  const error = query === "" ? (direct.error ?? cases.error) : found.error;
  const forward = useMutation({
    mutationFn: () =>
      api.messages.forward(
        message.conversation_id,
        message.id,
        clientId,
        chosen.map((row) => row.id),
      ),
    onSuccess: ({ items }) => {
      for (const item of items) live.stored(item);
      tellDone(t("conversations.forward.done", { count: items.length }));
      onClose();
    },
  });
  const toggle = (conversation: Conversation) =>
    setChosen((old) => (old.some((row) => row.id === conversation.id) ? old.filter((row) => row.id !== conversation.id) : [...old, conversation]));

  return (
    <Modal opened onClose={onClose} title={t("conversations.forward.title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Text size="sm" c="dimmed" lineClamp={2} mb="sm">
        {excerpt}
      </Text>
      <TextInput
        type="search"
        data-autofocus
        aria-label={t("conversations.forward.search")}
        placeholder={t("conversations.forward.search")}
        leftSection={<IconSearch size={17} aria-hidden="true" />}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      <div className={classes.list} role="group" aria-label={t("conversations.forward.title")}>
        {error !== null && <ProblemAlert error={error} />}
        {isLoading && <Loading />}
        {!isLoading && error === null && shown.length === 0 && <Empty inline icon={IconMessageOff} title={t("conversations.search.nothing")} />}
        {shown.map((conversation) => (
          <label key={conversation.id} className={classes.row}>
            <Checkbox
              checked={chosen.some((row) => row.id === conversation.id)}
              disabled={chosen.length >= CHOSEN_MAX && chosen.every((row) => row.id !== conversation.id)}
              onChange={() => toggle(conversation)}
              aria-label={titleOf(conversation, live.selfId)}
            />
            <ConversationIcon conversation={conversation} size={36} />
            <span className={classes.name}>{titleOf(conversation, live.selfId)}</span>
          </label>
        ))}
      </div>
      {chosen.length >= CHOSEN_MAX && (
        <Text size="sm" c="dimmed" mt="xs">
          {t("conversations.forward.enough", { count: CHOSEN_MAX })}
        </Text>
      )}
      {forward.error && <ProblemAlert error={forward.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button disabled={chosen.length === 0} loading={forward.isPending} onClick={() => forward.mutate()}>
          {t("conversations.forward.send", { count: chosen.length })}
        </Button>
      </Group>
    </Modal>
  );
}
