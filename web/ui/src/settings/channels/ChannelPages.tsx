/** The pages of single channels: Chat, SMS, Email, Facebook, and Dodatkowe pola (CC-166..171, 178, 188..190, 194). */
import { Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconForms } from "@tabler/icons-react";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Column, Columns } from "@/base/parts/Columns";
import { ProblemAlert, tellDone } from "@/base/problems";
import { useChosenProject } from "@/settings/projects/ChosenProject";
import { useChangeChannel, useChangeCompany, useChannels, useCompany, useWidget } from "@/settings/queries";
import type { ChannelSettings, Company } from "@/settings/rest";
import { TryIt } from "@/settings/start/Snippet";

import { ChannelSwitch, Help, rowOf, Unavailable, Users } from "./ChannelParts";
import { Templates } from "./Templates";

/** A page that needs the channels: loading and failure are the same everywhere. */
export function WithChannels({ title, children }: { title: string; children: (settings: ChannelSettings) => ReactNode }) {
  const query = useChannels();
  return (
    <Page title={title}>
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined ? !query.isError && <Loading /> : children(query.data)}
    </Page>
  );
}

function TryChat() {
  const [project] = useChosenProject();
  const { data: widget } = useWidget(project);
  if (widget === undefined) return null;
  return (
    <Group>
      <TryIt widgetKey={widget.key} />
    </Group>
  );
}

function ChatSwitches({ settings }: { settings: ChannelSettings }) {
  const { t } = useTranslation();
  const change = useChangeChannel();
  const chat = rowOf(settings, "chat");
  return (
    <Panel title={t("settings.settings")}>
      <Stack gap="md">
        <ChannelSwitch channel={chat} label={t("settings.channelOn")} />
        <Switch
          label={t("settings.chat.require")}
          checked={chat.require_data}
          disabled={!chat.ask_data}
          onChange={(event) => change.mutate(["chat", { require_data: event.currentTarget.checked }])}
        />
        <Switch
          label={t("settings.chat.ask")}
          checked={chat.ask_data}
          onChange={(event) => change.mutate(["chat", { ask_data: event.currentTarget.checked }])}
        />
        <Text size="sm" c="dimmed">
          {chat.ask_data ? (chat.require_data ? t("settings.chat.askedAndRequired") : t("settings.chat.asked")) : t("settings.chat.neverAsked")}
        </Text>
      </Stack>
    </Panel>
  );
}

export function ChatPage() {
  const { t } = useTranslation();
  return (
    <WithChannels title={t("settings.chat.title")}>
      {(settings) => (
        <Columns>
          <Column>
            <Templates channel="chat" />
            <Users settings={settings} name="chat" title={t("settings.usersOfChannel")} />
          </Column>
          <Column>
            <ChatSwitches settings={settings} />
            <TryChat />
            <Help>{t("settings.chat.help")}</Help>
          </Column>
        </Columns>
      )}
    </WithChannels>
  );
}

function PlainChannelPage({ name, more }: { name: "sms" | "email" | "facebook"; more?: ReactNode }) {
  // locale-keys: settings.sms.*, settings.email.*, settings.facebook.*
  const { t } = useTranslation();
  return (
    <WithChannels title={t(`settings.${name}.title`)}>
      {(settings) => {
        const channel = rowOf(settings, name);
        return (
          <>
            <Unavailable channel={channel} />
            <Columns>
              <Column>
                <Templates channel={name} />
                {more}
                <Users settings={settings} name={name} title={t("settings.usersOfChannel")} />
              </Column>
              <Column>
                <Panel title={t("settings.settings")}>
                  <ChannelSwitch channel={channel} label={t("settings.channelOn")} />
                </Panel>
                <Help>{t(`settings.${name}.help`)}</Help>
              </Column>
            </Columns>
          </>
        );
      }}
    </WithChannels>
  );
}

export function SmsPage() {
  return <PlainChannelPage name="sms" />;
}

export function FacebookPage() {
  return <PlainChannelPage name="facebook" />;
}

function DefaultEmail({ company }: { company: Company }) {
  const { t } = useTranslation();
  const change = useChangeCompany();
  const [email, setEmail] = useState(company.default_email);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate([{ version: company.version, default_email: email.trim() }], { onSuccess: () => tellDone(t("profile.saved")) });
  };
  return (
    <Panel title={t("settings.email.default")} text={t("settings.email.defaultText")}>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            className="grow"
            type="email"
            label={t("common.field.email")}
            maxLength={254}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={change.isPending} disabled={email.trim() === company.default_email}>
            {t("common.save")}
          </Button>
        </Group>
      </form>
    </Panel>
  );
}

export function EmailPage() {
  const { data: company } = useCompany();
  return <PlainChannelPage name="email" more={company && <DefaultEmail key={company.version} company={company} />} />;
}

export function FieldsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("settings.fields.title")}>
      <Panel title={t("settings.fields.title")}>
        <Empty inline icon={IconForms} title={t("settings.fields.none")} text={t("settings.fields.text")} />
      </Panel>
    </Page>
  );
}
