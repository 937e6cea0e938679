/** Notices on this device while the app is closed: on, off, and a trial (BEY-021). */
import { Button, Group, Text } from "@mantine/core";
import { IconBellRinging, IconDeviceMobile } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { ProblemAlert, tellDone } from "@/base/problems";
import { useLive } from "@/base/session";
import { useValue } from "@/base/useValue";
import { pushState, tryPush, turnPushOff, turnPushOn } from "@/notifications/push";

// locale-keys: profile.push.outcome.*
export function PushSettings() {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const state = useValue(pushState);
  const change = useMutation({ mutationFn: () => (state === "on" ? turnPushOff() : turnPushOn(selfId)) });
  const trial = useMutation({
    mutationFn: tryPush,
    onSuccess: (outcome) => {
      if (outcome === "taken") tellDone(t("profile.push.outcome.taken"));
    },
  });
  const failed = trial.data !== undefined && trial.data !== "taken" && state === "on";
  const texts = {
    unknown: t("profile.push.off"),
    impossible: t("profile.notifications.impossible"),
    denied: t("profile.notifications.denied"),
    off: t("profile.push.off"),
    on: t("profile.push.on"),
  };
  return (
    <div>
      <Group justify="space-between" gap="sm">
        <div>
          <Text fw={600}>{t("profile.push.title")}</Text>
          <Text size="sm" c="dimmed" role="status">
            {texts[state]}
          </Text>
        </div>
        <Group gap="sm">
          {state === "on" && (
            <Button variant="default" leftSection={<IconBellRinging size={17} />} loading={trial.isPending} onClick={() => trial.mutate()}>
              {t("profile.push.trial")}
            </Button>
          )}
          {(state === "on" || state === "off") && (
            <Button variant="default" leftSection={<IconDeviceMobile size={17} />} loading={change.isPending} onClick={() => change.mutate()}>
              {state === "on" ? t("profile.push.turnOff") : t("profile.notifications.ask")}
            </Button>
          )}
        </Group>
      </Group>
      {failed && (
        <Text size="sm" c="red" role="alert" mt={6}>
          {t(`profile.push.outcome.${trial.data}`)}
        </Text>
      )}
      {change.error instanceof DOMException ? (
        <Text size="sm" c="red" role="alert" mt={6}>
          {t("profile.push.unavailable")}
        </Text>
      ) : (
        (change.error ?? trial.error) && <ProblemAlert error={change.error ?? trial.error} />
      )}
    </div>
  );
}
