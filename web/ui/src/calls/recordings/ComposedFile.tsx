/** A recording as one file: asked for, made with its progress, cancelled, saved, or why it could not be made. */
import { Button, Group, Progress, Text } from "@mantine/core";
import { IconDownload, IconMovie } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { useSession } from "@/base/session";
import { api } from "@/conversations/rest";
import { filesOfMessage, formatBytes, saveFile } from "@/files/files";
import type { Message } from "@/protocol/conversations";

import type { Recording } from "./recording";
import classes from "./recordings.module.css";

const REASONS = ["broken", "too_long", "disk_full", "too_large", "memory", "quota", "killed", "interrupted"];

export function ComposedFile({ message, recording }: { message: Message; recording: Recording }) {
  const { t, i18n } = useTranslation();
  const { person } = useSession();
  const [asking, setAsking] = useState(false);
  const { composed } = recording;
  // The answer comes as an event as well, which changes the message.
  const ask = (wanted: boolean) => {
    setAsking(true);
    api.messages
      .compose(message.conversation_id, message.id, wanted)
      .catch(tellProblem)
      .finally(() => setAsking(false));
  };
  if (composed?.state === "ready") {
    const file = filesOfMessage(message).find(({ id }) => id === composed.file_id);
    if (file === undefined) return null;
    return (
      <div className={classes.composed}>
        <Button
          size="compact-md"
          variant="white"
          color="dark"
          leftSection={<IconDownload size={16} />}
          onClick={() => void saveFile(message.conversation_id, file).catch(tellProblem)}
          data-testid="save-composed"
        >
          {t("recordings.composed.save", { size: formatBytes(file.size_bytes, i18n.language) })}
        </Button>
      </div>
    );
  }
  if (composed?.state === "waiting" || composed?.state === "making") {
    const isWaiting = composed.state === "waiting";
    const mayCancel = composed.asked_by === person.id || person.group_kind === "staff";
    return (
      <div className={classes.composed} data-testid="composing">
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <Text size="xs" className={classes.said ?? ""}>
            {isWaiting ? t("recordings.composed.waiting") : t("recordings.composed.making", { percent: composed.percent })}
          </Text>
          {mayCancel && (
            <Button size="compact-sm" variant="subtle" color="gray.3" loading={asking} onClick={() => ask(false)} data-testid="cancel-composing">
              {t("recordings.composed.cancel")}
            </Button>
          )}
        </Group>
        <Progress mt={4} size="sm" color="violet.4" value={isWaiting ? 0 : Math.max(2, composed.percent)} aria-label={t("recordings.composed.progress")} />
      </div>
    );
  }
  // locale-keys: recordings.composed.reason.*
  const reason = composed === undefined ? "" : t(`recordings.composed.reason.${REASONS.includes(composed.reason) ? composed.reason : "killed"}`);
  return (
    <div className={classes.composed}>
      {composed !== undefined && (
        <Text size="xs" className={classes.said ?? ""} role="status" mb={6} data-testid="composing-failed">
          {t("recordings.composed.failed", { reason })}
        </Text>
      )}
      <Button size="compact-md" variant="white" color="dark" leftSection={<IconMovie size={16} />} loading={asking} onClick={() => ask(true)} title={t("recordings.composed.hint")} data-testid="compose">
        {composed === undefined ? t("recordings.composed.make") : t("recordings.composed.again")}
      </Button>
    </div>
  );
}
