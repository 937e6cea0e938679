/** Użytkownicy: everybody of the staff with their channels and licences; adding and editing as in Administration (CC-162..165). */
import { ActionIcon, Group, Stack, Text, Tooltip, UnstyledButton } from "@mantine/core";
import {
  IconBrandFacebook,
  IconMail,
  IconMessage2,
  IconMessageCircle,
  IconMicrophone,
  IconPencil,
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPlus,
  IconVideo,
} from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { EditPerson, InvitePerson } from "@/accounts/admin/PersonDialog";
import { useOrganisation } from "@/accounts/admin/queries";
import { api, type PersonDetails } from "@/accounts/rest";
import { Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { Picture } from "@/base/people";
import { tellProblem } from "@/base/problems";
import { WithChannels } from "@/settings/channels/ChannelPages";
import { rowOf } from "@/settings/channels/ChannelParts";
import { useSetLicence, useSetUser } from "@/settings/queries";
import type { ChannelName, ChannelSettings, Medium, StaffRow } from "@/settings/rest";
import classes from "./UsersPage.module.css";

const CHANNELS: readonly (readonly [ChannelName, typeof IconMail])[] = [
  ["chat", IconMessageCircle],
  ["email", IconMail],
  ["voice_in", IconPhoneIncoming],
  ["voice_out", IconPhoneOutgoing],
  ["facebook", IconBrandFacebook],
  ["sms", IconMessage2],
];
const LICENCES: readonly (readonly [Medium, typeof IconMail])[] = [
  ["audio", IconMicrophone],
  ["video", IconVideo],
  ["chat", IconMessageCircle],
];

function UserRow({ person, settings, onEdit }: { person: StaffRow; settings: ChannelSettings; onEdit: () => void }) {
  // locale-keys: settings.channel.*, settings.licence.*
  const { t } = useTranslation();
  const setUser = useSetUser();
  const setLicence = useSetLicence();
  return (
    <Row wraps>
      <Picture id={person.person_id} name={person.name} url={person.avatar_url} size={38} />
      <Text fw={600} size="sm" className="grow" miw={130} truncate>
        {person.name}
      </Text>
      <Stack gap={2}>
        <Text size="xs" c="dimmed" aria-hidden="true">
          {t("settings.users.channels")}
        </Text>
        <div className={classes.icons} role="group" aria-label={t("settings.users.channelsOf", { name: person.name })}>
          {CHANNELS.map(([name, Icon]) => {
            const serves = rowOf(settings, name).user_ids.includes(person.person_id);
            return (
              <Tooltip key={name} label={t(`settings.channel.${name}`)}>
                <UnstyledButton
                  className={classes.chip}
                  aria-pressed={serves}
                  aria-label={t(`settings.channel.${name}`)}
                  onClick={() => setUser.mutate([name, person.person_id, !serves])}
                >
                  <Icon size={18} aria-hidden="true" />
                </UnstyledButton>
              </Tooltip>
            );
          })}
        </div>
      </Stack>
      <Stack gap={2}>
        <Text size="xs" c="dimmed" aria-hidden="true">
          {t("settings.users.licences")}
        </Text>
        <div className={classes.icons} role="group" aria-label={t("settings.users.licencesOf", { name: person.name })}>
          {LICENCES.map(([medium, Icon]) => {
            const has = person.licences.includes(medium);
            return (
              <Tooltip key={medium} label={t(`settings.licence.${medium}`)}>
                <UnstyledButton
                  className={classes.chip}
                  aria-pressed={has}
                  aria-label={t(`settings.licence.${medium}`)}
                  onClick={() => setLicence.mutate([medium, person.person_id, !has])}
                >
                  <Icon size={18} aria-hidden="true" />
                </UnstyledButton>
              </Tooltip>
            );
          })}
        </div>
      </Stack>
      <ActionIcon variant="subtle" color="gray" aria-label={t("settings.users.edit", { name: person.name })} onClick={onEdit}>
        <IconPencil size={18} />
      </ActionIcon>
    </Row>
  );
}

export function UsersPage() {
  const { t } = useTranslation();
  const { data: organisation } = useOrganisation();
  const [isInviting, setInviting] = useState(false);
  const [edited, setEdited] = useState<PersonDetails | null>(null);
  const open = useMutation({ mutationFn: api.people.read, onSuccess: setEdited, onError: tellProblem });
  const count =
    organisation === undefined
      ? ""
      : organisation.people_limit === null
        ? String(organisation.people_count)
        : `${organisation.people_count}/${organisation.people_limit}`;
  return (
    <WithChannels title={t("settings.users.title")}>
      {(settings) => (
        <Panel
          title={t("settings.users.title")}
          text={t("settings.users.text")}
          action={
            <Group gap="sm">
              <Text fw={650} aria-label={t("settings.users.count")}>
                {count}
              </Text>
              <ActionIcon variant="light" size="lg" aria-label={t("settings.users.add")} onClick={() => setInviting(true)}>
                <IconPlus size={20} />
              </ActionIcon>
            </Group>
          }
        >
          <Group gap="lg" mb="xs">
            {settings.licences.map((row) => (
              <Text key={row.medium} size="sm" c="dimmed">
                {t(`settings.licence.${row.medium}`)}: {row.assigned}
                {row.seats === null ? "" : `/${row.seats}`}
              </Text>
            ))}
          </Group>
          <Rows>
            {settings.staff.map((person) => (
              <UserRow key={person.person_id} person={person} settings={settings} onEdit={() => open.mutate(person.person_id)} />
            ))}
          </Rows>
          {isInviting && <InvitePerson onClose={() => setInviting(false)} />}
          {edited !== null && <EditPerson person={edited} onClose={() => setEdited(null)} />}
        </Panel>
      )}
    </WithChannels>
  );
}
