/** Length of the ring with a preview (CC-144), and leave for desktop notifications. */
import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconBell, IconPlayerPlay } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { Panel } from "@/base/Page";
import { ProblemAlert } from "@/base/problems";
import { useSession } from "@/base/session";
import { useValue } from "@/base/useValue";
import { askForNotifications, notificationState } from "@/notifications/desktop";
import { previewRing } from "@/notifications/sound";

import { PushSettings } from "./PushSettings";
import { useProfileChange } from "./useProfileChange";

export function SoundPanel() {
  const { t } = useTranslation();
  const { profile } = useSession();
  const save = useProfileChange();
  const permission = useValue(notificationState);
  const texts = {
    granted: t("profile.notifications.granted"),
    denied: t("profile.notifications.denied"),
    default: t("profile.notifications.default"),
    impossible: t("profile.notifications.impossible"),
  };
  return (
    <Panel title={t("profile.sound.title")}>
      <Stack gap="lg">
        {save.error && <ProblemAlert error={save.error} />}
        <Group justify="space-between" gap="sm">
          <div>
            <Text fw={600} id="ring-length">
              {t("profile.sound.ring")}
            </Text>
            <Text size="sm" c="dimmed">
              {t("profile.sound.ringText")}
            </Text>
          </div>
          <Group gap="sm">
            <SegmentedControl
              aria-labelledby="ring-length"
              value={profile.ring}
              disabled={save.isPending}
              onChange={(value) => save.mutate({ ring: value })}
              data={[
                { value: "long", label: t("profile.sound.long") },
                { value: "short", label: t("profile.sound.short") },
              ]}
            />
            <Button variant="default" leftSection={<IconPlayerPlay size={17} />} onClick={() => previewRing(profile.ring)}>
              {t("profile.sound.preview")}
            </Button>
          </Group>
        </Group>
        <Group justify="space-between" gap="sm">
          <div>
            <Text fw={600}>{t("profile.notifications.title")}</Text>
            <Text size="sm" c="dimmed" role="status">
              {texts[permission]}
            </Text>
          </div>
          {permission === "default" && (
            <Button variant="default" leftSection={<IconBell size={17} />} onClick={() => void askForNotifications()}>
              {t("profile.notifications.ask")}
            </Button>
          )}
        </Group>
        <PushSettings />
      </Stack>
    </Panel>
  );
}
