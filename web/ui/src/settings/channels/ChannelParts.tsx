/** What the pages of channels share: switches, who takes part in the channel, help, templates (CC-155, 166..168, 178, 187, 188). */
import { Alert, Stack, Switch, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { Picture } from "@/base/people";
import { useChangeChannel, useSetUser } from "@/settings/queries";
import type { ChannelName, ChannelRow, ChannelSettings } from "@/settings/rest";

export function rowOf(settings: ChannelSettings, name: ChannelName): ChannelRow {
  const row = settings.channels.find((one) => one.channel === name);
  if (row === undefined) throw new Error(`no channel ${name}`);
  return row;
}

/** Why nothing comes by a channel yet, in a sentence. */
export function Unavailable({ channel }: { channel: ChannelRow }) {
  // locale-keys: settings.reason.*
  const { t } = useTranslation();
  if (channel.reason === null) return null;
  return (
    <Alert variant="light" color="gray" icon={<IconInfoCircle size={20} />}>
      {t(`settings.reason.${channel.reason}`)}
    </Alert>
  );
}

export function ChannelSwitch({ channel, label }: { channel: ChannelRow; label: string }) {
  const change = useChangeChannel();
  return (
    <Switch
      label={label}
      checked={channel.enabled}
      onChange={(event) => change.mutate([channel.channel, { enabled: event.currentTarget.checked }])}
    />
  );
}

export function Users({ settings, name, title }: { settings: ChannelSettings; name: ChannelName; title: string }) {
  const { t } = useTranslation();
  const setUser = useSetUser();
  const channel = rowOf(settings, name);
  return (
    <Panel title={title}>
      {settings.staff.length === 0 && <Text c="dimmed">{t("settings.noStaff")}</Text>}
      <Rows>
        {settings.staff.map((person) => (
          <Row key={person.person_id} wraps>
            <Picture id={person.person_id} name={person.name} url={person.avatar_url} size={34} />
            <Text size="sm" fw={550} className="grow" truncate>
              {person.name}
            </Text>
            <Switch
              aria-label={t("settings.takesPart", { name: person.name })}
              checked={channel.user_ids.includes(person.person_id)}
              onChange={(event) => setUser.mutate([name, person.person_id, event.currentTarget.checked])}
            />
          </Row>
        ))}
      </Rows>
    </Panel>
  );
}

export function Help({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("settings.help")}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed" component="div">
          {children}
        </Text>
      </Stack>
    </Panel>
  );
}
