/** Głos: announcements, numbers, switches, and who takes part in each direction (CC-179..187, CC-218). */
import { Button, FileButton, Group, Select, SimpleGrid, Stack, Switch } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Panel } from "@/base/Page";
import { Column, Columns } from "@/base/parts/Columns";
import { tellProblem } from "@/base/problems";
import { serverNow } from "@/protocol/serverClock";
import { WithChannels } from "@/settings/channels/ChannelPages";
import { ChannelSwitch, rowOf, Unavailable, Users } from "@/settings/channels/ChannelParts";
import { keys } from "@/settings/keys";
import { useChangeChannel, useSetAnnouncement, useSounds } from "@/settings/queries";
import { api, type Announcement, type ChannelSettings } from "@/settings/rest";
import classes from "./VoicePage.module.css";

import { PhoneNumbers } from "./PhoneNumbers";
import { RecordButton } from "./RecordButton";

const NAME_LENGTH = 100;

function AnnouncementFields({ announcement }: { announcement: Announcement }) {
  // locale-keys: settings.voice.purpose.*, settings.voice.kind.*, settings.voice.tune.*
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const cache = useQueryClient();
  const set = useSetAnnouncement();
  const sounds = useSounds().data?.items ?? [];
  const upload = useMutation({
    mutationFn: ({ name, sound }: { name: string; sound: Blob }) => api.addSound(name.slice(0, NAME_LENGTH), sound),
    onSuccess: async (sound) => {
      await cache.invalidateQueries({ queryKey: keys.setting("sounds") });
      set.mutate([announcement.purpose, "own", sound.id]);
    },
    onError: tellProblem,
  });
  const purpose = t(`settings.voice.purpose.${announcement.purpose}`);
  const value = announcement.kind === "own" ? (announcement.sound_id ?? "default") : announcement.kind;
  const choose = (next: string) => {
    if (next === "blocked" || next === "default") set.mutate([announcement.purpose, next, announcement.sound_id]);
    else set.mutate([announcement.purpose, "own", next]);
  };
  return (
    <Stack gap="xs">
      <Select
        label={purpose}
        description={t("settings.voice.kindLabel")}
        data={[
          { value: "blocked", label: t("settings.voice.kind.blocked") },
          { value: "default", label: t("settings.voice.kind.default") },
          ...sounds.map((sound) => ({ value: sound.id, label: sound.tune === null ? sound.name : t(`settings.voice.tune.${sound.tune}`) })),
        ]}
        value={value}
        onChange={(next) => next !== null && choose(next)}
      />
      {announcement.kind === "own" && announcement.sound_id !== null && (
        <audio className={classes.listen} controls preload="none" src={api.soundAddress(announcement.sound_id)} aria-label={t("settings.voice.listen", { name: purpose })} />
      )}
      <Group gap="xs">
        <RecordButton isSaving={upload.isPending} onRecorded={(sound) => upload.mutate({ name: `${purpose}, ${dateTime(serverNow())}`, sound })} />
        <FileButton accept="audio/*" onChange={(file) => file && upload.mutate({ name: file.name, sound: file })}>
          {(props) => (
            <Button {...props} size="xs" variant="default" leftSection={<IconUpload size={16} />} loading={upload.isPending}>
              {t("settings.voice.upload")}
            </Button>
          )}
        </FileButton>
      </Group>
    </Stack>
  );
}

function VoiceSwitches({ settings }: { settings: ChannelSettings }) {
  const { t } = useTranslation();
  const change = useChangeChannel();
  const incoming = rowOf(settings, "voice_in");
  return (
    <Panel title={t("settings.settings")}>
      <Stack gap="md">
        <ChannelSwitch channel={rowOf(settings, "voice_out")} label={t("settings.voice.outgoingCalls")} />
        <ChannelSwitch channel={incoming} label={t("settings.voice.incomingCalls")} />
        <Switch
          label={t("settings.voice.record")}
          checked={incoming.record_calls}
          onChange={(event) => change.mutate(["voice_in", { record_calls: event.currentTarget.checked }])}
        />
        <Switch
          label={t("settings.voice.tellAgents")}
          description={t("settings.voice.tellAgentsWhat")}
          checked={incoming.tells_agents}
          onChange={(event) => change.mutate(["voice_in", { tells_agents: event.currentTarget.checked }])}
        />
        <Switch
          label={t("settings.voice.tellVisitors")}
          description={t("settings.voice.tellVisitorsWhat")}
          checked={incoming.tells_visitors}
          onChange={(event) => change.mutate(["voice_in", { tells_visitors: event.currentTarget.checked }])}
        />
      </Stack>
    </Panel>
  );
}

export function VoicePage() {
  const { t } = useTranslation();
  return (
    <WithChannels title={t("settings.voice.title")}>
      {(settings) => (
        <>
          <Unavailable channel={rowOf(settings, "voice_out")} />
          <Columns>
            <Column>
              <Panel title={t("settings.voice.announcements")} text={t("settings.voice.announcementsText")}>
                <Stack gap="lg">
                  {settings.announcements.map((announcement) => (
                    <AnnouncementFields key={announcement.purpose} announcement={announcement} />
                  ))}
                </Stack>
              </Panel>
              <SimpleGrid cols={{ base: 1, sm: 2 }}>
                <Users settings={settings} name="voice_in" title={t("settings.voice.incoming")} />
                <Users settings={settings} name="voice_out" title={t("settings.voice.outgoing")} />
              </SimpleGrid>
            </Column>
            <Column>
              <VoiceSwitches settings={settings} />
              <PhoneNumbers />
            </Column>
          </Columns>
        </>
      )}
    </WithChannels>
  );
}
