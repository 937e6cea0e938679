/** Which channels one serves, as an administrator set it (CC-141). */
import { Badge, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Panel } from "@/base/Page";
import { useMay } from "@/base/session";

import { useAgentHome } from "./home";

export function ChannelsPanel() {
  const { t } = useTranslation();
  const isStaff = useMay("desk.work");
  const { data: home } = useAgentHome(isStaff);
  if (home === undefined) return null;
  return (
    <Panel title={t("agent.channels")}>
      {home.channels.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("agent.noChannels")}
        </Text>
      ) : (
        <Group gap="xs">
          {home.channels.map((channel) => (
            <Badge key={channel} size="lg" variant="light" tt="none">
              {t(`settings.channel.${channel}`)}
            </Badge>
          ))}
        </Group>
      )}
    </Panel>
  );
}
