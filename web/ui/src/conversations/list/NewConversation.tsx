/** The window for a new conversation: whom to add, and a title for a group (CONF-005..008). */
import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { Picture } from "@/base/people";
import { ProblemAlert } from "@/base/problems";
import { useFeed } from "@/base/session";
import { ConversationsFeed } from "@/conversations/feed";
import { keys } from "@/conversations/keys";
import { rememberConversation, usePresence } from "@/conversations/queries";
import { api } from "@/conversations/rest";
import type { Person } from "@/protocol/people";

import classes from "./NewConversation.module.css";

interface PickerProps {
  chosen: readonly Person[];
  onChange: (chosen: Person[]) => void;
  /** Already members: not offered. */
  without?: ReadonlySet<string>;
}

/** People one may write to; whom the server lists is whom one may add. */
export function PeoplePicker({ chosen, onChange, without }: PickerProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words.trim(), 200);
  const online = usePresence();
  const people = useQuery({
    queryKey: keys.addressees(query),
    queryFn: ({ signal }) => api.people.addressees(query, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const offered = (people.data?.items ?? []).filter((person) => without?.has(person.id) !== true);
  const toggle = (person: Person) =>
    onChange(chosen.some((row) => row.id === person.id) ? chosen.filter((row) => row.id !== person.id) : [...chosen, person]);

  return (
    <Stack gap="xs">
      <TextInput
        size="sm"
        type="search"
        label={t("conversations.create.people")}
        placeholder={t("conversations.create.search")}
        leftSection={<IconSearch size={17} aria-hidden="true" />}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        data-autofocus
      />
      {people.isError && <ProblemAlert error={people.error} onRetry={() => void people.refetch()} />}
      <div className={classes.people} role="group" aria-label={t("conversations.create.people")}>
        {people.data === undefined && !people.isError && <Loading />}
        {people.data !== undefined && offered.length === 0 && (
          <Text c="dimmed" size="sm" p="md" ta="center">
            {t("conversations.create.nobody")}
          </Text>
        )}
        {offered.map((person) => (
          <Checkbox.Card
            key={person.id}
            className={classes.person ?? ""}
            checked={chosen.some((row) => row.id === person.id)}
            onClick={() => toggle(person)}
            withBorder={false}
            aria-label={`${person.name}, ${person.group_name}`}
          >
            <Group gap="sm" wrap="nowrap">
              <Picture
                id={person.id}
                name={person.name}
                url={person.avatar_url}
                size={38}
                online={online.has(person.id)}
                onlineLabel={t("conversations.online")}
              />
              <div className={classes.personName}>
                <Text size="sm" fw={600} truncate>
                  {person.name}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {[person.position, person.group_name].filter((part) => part !== "").join(" · ")}
                </Text>
              </div>
              <Checkbox.Indicator aria-hidden="true" />
            </Group>
          </Checkbox.Card>
        ))}
      </div>
    </Stack>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const feed = useFeed(ConversationsFeed);
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Person[]>([]);
  const [title, setTitle] = useState("");
  const isGroup = chosen.length > 1;
  const create = useMutation({
    mutationFn: () =>
      api.conversations.create({
        kind: isGroup ? "group" : "direct",
        title: isGroup && title.trim() !== "" ? title.trim() : null,
        member_ids: chosen.map((person) => person.id),
      }),
    onSuccess: async (conversation) => {
      rememberConversation(cache, feed, conversation);
      onClose();
      await navigate({ to: "/conferencing/$conversationId", params: { conversationId: conversation.id } });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {create.error && <ProblemAlert error={create.error} />}
        <PeoplePicker chosen={chosen} onChange={setChosen} />
        {isGroup && (
          <TextInput
            size="sm"
            label={t("conversations.create.title")}
            description={t("conversations.create.titleText")}
            maxLength={100}
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
        )}
        {chosen.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("conversations.create.notes")}
          </Text>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("conversations.create.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function NewConversation({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("conversations.create.heading")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Form onClose={onClose} />
    </Modal>
  );
}
