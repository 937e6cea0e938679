/** Who works in a project, as agent or supervisor, and how: media, direction, skills, chats at once (WORK-029). */
import { ActionIcon, Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Text } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { Picture } from "@/base/people";
import { ProblemAlert } from "@/base/problems";
import { useChannels, usePutMember, useRemoveMember } from "@/settings/queries";
import type { MemberBody, Project, ProjectMember } from "@/settings/rest";

const MEDIA = ["audio", "video", "chat"] as const;
const DIRECTIONS = ["both", "incoming", "outgoing", "off"] as const;

function MemberDialog({ project, member, onClose }: { project: Project; member: ProjectMember | null; onClose: () => void }) {
  const { t } = useTranslation();
  const staff = useChannels().data?.staff ?? [];
  const put = usePutMember();
  const [personId, setPerson] = useState(member?.person_id ?? null);
  const [fields, setFields] = useState<Required<MemberBody>>({
    role: member?.role ?? "agent",
    audio: member?.audio ?? false,
    video: member?.video ?? false,
    chat: member?.chat ?? false,
    direction: member?.direction ?? "both",
    may_be_off: member?.may_be_off ?? false,
    skills: member?.skills ?? [],
    chat_capacity: member?.chat_capacity ?? 3,
  });
  const licences = staff.find((person) => person.person_id === personId)?.licences ?? [];
  const free = staff.filter((person) => !project.members.some((one) => one.person_id === person.person_id));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (personId !== null) put.mutate([project.id, personId, fields], { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={member?.name ?? t("settings.members.add")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {put.error && <ProblemAlert error={put.error} />}
          {member === null && (
            <Select
              label={t("settings.members.person")}
              required
              searchable
              data-autofocus
              data={free.map((person) => ({ value: person.person_id, label: person.name }))}
              value={personId}
              onChange={setPerson}
            />
          )}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label={t("common.field.role")}
              data={[
                { value: "agent", label: t("agent.role.agent") },
                { value: "supervisor", label: t("agent.role.supervisor") },
              ]}
              value={fields.role}
              onChange={(role) => role !== null && setFields({ ...fields, role })}
            />
            <Select
              label={t("settings.members.direction")}
              data={DIRECTIONS.map((value) => ({ value, label: t(`agent.direction.${value}`) }))}
              value={fields.direction}
              onChange={(direction) => direction !== null && setFields({ ...fields, direction })}
            />
          </SimpleGrid>
          <Group gap="lg">
            {MEDIA.map((medium) => (
              <Switch
                key={medium}
                label={t(`agent.medium.${medium}`)}
                description={licences.includes(medium) ? undefined : t("agent.noLicence")}
                disabled={!licences.includes(medium) && !fields[medium]}
                checked={fields[medium]}
                onChange={(event) => setFields({ ...fields, [medium]: event.currentTarget.checked })}
              />
            ))}
          </Group>
          <Switch
            label={t("settings.members.mayBeOff")}
            checked={fields.may_be_off}
            onChange={(event) => setFields({ ...fields, may_be_off: event.currentTarget.checked })}
          />
          <TagsInput
            label={t("settings.members.skills")}
            size="md"
            maxTags={50}
            value={fields.skills}
            onChange={(skills) => setFields({ ...fields, skills })}
          />
          <NumberInput
            label={t("settings.members.capacity")}
            min={1}
            max={50}
            size="md"
            maw={220}
            allowDecimal={false}
            value={fields.chat_capacity}
            onChange={(value) => setFields({ ...fields, chat_capacity: Number(value) || 1 })}
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={put.isPending} disabled={personId === null}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function Members({ project }: { project: Project }) {
  const { t } = useTranslation();
  const remove = useRemoveMember();
  const [edited, setEdited] = useState<ProjectMember | "new" | null>(null);
  return (
    <Panel
      title={t("settings.members.title")}
      text={t("settings.members.text")}
      action={
        <ActionIcon variant="light" size="lg" aria-label={t("settings.members.add")} onClick={() => setEdited("new")}>
          <IconPlus size={20} />
        </ActionIcon>
      }
    >
      {project.members.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("settings.members.none")}
        </Text>
      )}
      <Rows>
        {project.members.map((member) => (
          <Row key={member.person_id} wraps>
            <Picture id={member.person_id} name={member.name} url={member.avatar_url} size={36} />
            <div className="grow">
              <Text size="sm" fw={600} truncate>
                {member.name}
              </Text>
              <Text size="sm" c="dimmed">
                {[
                  t(`agent.role.${member.role}`),
                  ...MEDIA.filter((medium) => member[medium]).map((medium) => t(`agent.medium.${medium}`)),
                  t(`agent.direction.${member.direction}`),
                ].join(" · ")}
              </Text>
            </div>
            <ActionIcon variant="subtle" color="gray" aria-label={t("settings.members.edit", { name: member.name })} onClick={() => setEdited(member)}>
              <IconPencil size={18} />
            </ActionIcon>
            <ActionIcon variant="subtle" color="red" aria-label={t("settings.members.remove", { name: member.name })} onClick={() => remove.mutate([project.id, member.person_id])}>
              <IconTrash size={18} />
            </ActionIcon>
          </Row>
        ))}
      </Rows>
      {edited !== null && <MemberDialog project={project} member={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </Panel>
  );
}
