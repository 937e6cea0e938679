/** Area 3: what the conversation is about, its people and its calls (CONF-016, CONF-017). */
import { ActionIcon, Anchor, Badge, Button, Group, Modal, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconExternalLink, IconPencil, IconUserMinus, IconUserPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Picture } from "@/base/people";
import { ProblemAlert, tellProblem } from "@/base/problems";
import { useLive } from "@/base/session";
import { Filled } from "@/base/slots";
import { BoardList } from "@/boards/BoardList";
import { PeoplePicker } from "@/conversations/list/NewConversation";
import { usePresence } from "@/conversations/queries";
import { api, type ServiceCase } from "@/conversations/rest";
import { detailsOfPeople } from "@/conversations/slots";
import { activeMembers, titleOf } from "@/conversations/titles";
import { FileList } from "@/files/FileList";
import type { Conversation } from "@/protocol/conversations";
import type { Person } from "@/protocol/people";

import { CallList } from "./CallList";
import classes from "./Details.module.css";
import { Silence } from "./Silence";

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <Group justify="space-between" mih={32} mb={4}>
        <h3 className={classes.heading}>{title}</h3>
        {action}
      </Group>
      {children}
    </section>
  );
}

const STATUS_COLOURS: Record<ServiceCase["status"], string> = { open: "blue", in_progress: "violet", waiting: "orange", closed: "gray" };

// locale-keys: conversations.status.*
function CaseFacts({ serviceCase }: { serviceCase: ServiceCase }) {
  const { t } = useTranslation();
  return (
    <dl className={classes.facts}>
      <div>
        <dt>{t("conversations.details.number")}</dt>
        <dd>{serviceCase.number}</dd>
      </div>
      <div>
        <dt>{t("conversations.details.status")}</dt>
        <dd>
          <Badge variant="light" color={STATUS_COLOURS[serviceCase.status]} tt="none">
            {t(`conversations.status.${serviceCase.status}`)}
          </Badge>
        </dd>
      </div>
      <div>
        <dt>{t("conversations.details.customer")}</dt>
        <dd>{serviceCase.customer_group_name}</dd>
      </div>
      {serviceCase.url !== null && (
        <div>
          <dt>{t("conversations.details.link")}</dt>
          <dd>
            <Anchor href={serviceCase.url} target="_blank" rel="noopener noreferrer" size="sm">
              {t("conversations.details.openCase")} <IconExternalLink size={14} aria-hidden="true" />
            </Anchor>
          </dd>
        </div>
      )}
    </dl>
  );
}

function AddPeople({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Person[]>([]);
  const add = useMutation({
    mutationFn: () =>
      api.conversations.addMembers(
        conversation.id,
        chosen.map((person) => person.id),
      ),
    onSuccess: onClose,
  });
  return (
    <Modal opened onClose={onClose} title={t("conversations.details.addPeople")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack gap="md">
        {add.error && <ProblemAlert error={add.error} />}
        <PeoplePicker chosen={chosen} onChange={setChosen} without={new Set(activeMembers(conversation).map((member) => member.person_id))} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button disabled={chosen.length === 0} loading={add.isPending} onClick={() => add.mutate()}>
            {t("conversations.details.add")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Rename({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(conversation.title);
  const rename = useMutation({
    mutationFn: () => api.conversations.change(conversation.id, { version: conversation.version, title: title.trim() }),
    onSuccess: onClose,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t("conversations.details.rename")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {rename.error && <ProblemAlert error={rename.error} />}
          <TextInput
            size="sm"
            label={t("conversations.create.title")}
            required
            maxLength={100}
            data-autofocus
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={title.trim() === ""} loading={rename.isPending}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function People({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const online = usePresence();
  const members = [...activeMembers(conversation)].sort((a, b) => Number(online.has(b.person_id)) - Number(online.has(a.person_id)));
  const remove = useMutation({
    mutationFn: (personId: string) => api.conversations.removeMember(conversation.id, personId),
    onError: tellProblem,
  });
  return (
    <ul className={classes.people}>
      {members.map((member) => {
        const isOnline = online.has(member.person_id);
        const isSelf = member.person_id === selfId;
        const removeLabel = isSelf ? t("conversations.details.leave") : t("conversations.details.remove", { name: member.name });
        return (
          <li key={member.person_id} className={classes.person}>
            <Picture
              id={member.person_id}
              name={member.name}
              url={member.avatar_url}
              size={36}
              online={isOnline}
              onlineLabel={t("conversations.online")}
            />
            <div className="grow">
              <Text size="sm" fw={600} truncate>
                {isSelf ? t("conversations.details.you", { name: member.name }) : member.name}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {member.group_name}
              </Text>
            </div>
            {conversation.kind === "group" && (
              <Tooltip label={removeLabel}>
                <ActionIcon variant="subtle" color="gray" aria-label={removeLabel} onClick={() => remove.mutate(member.person_id)}>
                  <IconUserMinus size={18} />
                </ActionIcon>
              </Tooltip>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** onShown  something of it is being shown in the thread: a drawer over it closes */
export function Details({ conversation, onShown }: { conversation: Conversation; onShown?: () => void }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const { selfId } = useLive();
  const [dialog, setDialog] = useState<"people" | "title" | null>(null);
  const isGroup = conversation.kind === "group";
  return (
    <div className={classes.details}>
      <section className={classes.section}>
        <Group gap="xs" wrap="nowrap" align="start" justify="space-between">
          <h2 className={classes.title}>{titleOf(conversation, selfId)}</h2>
          {isGroup && (
            <Tooltip label={t("conversations.details.rename")}>
              <ActionIcon variant="subtle" color="gray" aria-label={t("conversations.details.rename")} onClick={() => setDialog("title")}>
                <IconPencil size={18} />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
        {conversation.case !== null && <CaseFacts serviceCase={conversation.case} />}
        <Text size="xs" c="dimmed" mt={6}>
          {t("conversations.details.created", { date: dateTime(conversation.created_at_ms) })}
        </Text>
        {conversation.kind !== "notes" && <Silence conversation={conversation} />}
      </section>
      <Section
        title={t("conversations.details.people", { count: activeMembers(conversation).length })}
        action={
          isGroup && (
            <Tooltip label={t("conversations.details.addPeople")}>
              <ActionIcon variant="light" aria-label={t("conversations.details.addPeople")} onClick={() => setDialog("people")}>
                <IconUserPlus size={18} />
              </ActionIcon>
            </Tooltip>
          )
        }
      >
        <People conversation={conversation} />
        {conversation.kind !== "notes" && <Filled slot={detailsOfPeople}>{(Part) => <Part conversationId={conversation.id} />}</Filled>}
      </Section>
      {conversation.kind !== "notes" && (
        <Section title={t("conversations.details.media")}>
          <CallList conversation={conversation} {...(onShown && { onShown })} />
        </Section>
      )}
      <Section title={t("boards.list.heading")}>
        <BoardList conversationId={conversation.id} />
      </Section>
      <Section title={t("files.list.heading")}>
        <FileList conversationId={conversation.id} {...(onShown && { onShown })} />
      </Section>
      {dialog === "people" && <AddPeople conversation={conversation} onClose={() => setDialog(null)} />}
      {dialog === "title" && <Rename conversation={conversation} onClose={() => setDialog(null)} />}
    </div>
  );
}
