/** A recording in a conversation: how long, who is on it, the player, and all of it as one file. */
import { Button, Text } from "@mantine/core";
import { IconPlayerPlayFilled } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import type { Message } from "@/protocol/conversations";

import { ComposedFile } from "./ComposedFile";
import { recordingOf, type Recording } from "./recording";
import classes from "./recordings.module.css";

const RecordingPlayer = lazy(async () => ({ default: (await import("./RecordingPlayer")).RecordingPlayer }));

export function formatPosition(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (parts[0] === 0 ? parts.slice(1) : parts).map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

function Card({ message, recording }: { message: Message; recording: Recording }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const [open, setOpen] = useState(false);
  const names = [...new Set(recording.tracks.map(({ name }) => name))].filter((name) => name !== "").join(", ");
  return (
    <div className={classes.card} data-testid="recording-card">
      <Text size="sm" fw={650}>
        {t("recordings.title", { date: dateTime(recording.started_at_ms) })}
      </Text>
      <Text size="xs" className={classes.names ?? ""}>
        {formatPosition(recording.duration_ms / 1000)} · {names}
      </Text>
      <Button size="compact-md" mt={6} variant="white" color="dark" leftSection={<IconPlayerPlayFilled size={16} />} onClick={() => setOpen(true)} data-testid="play-recording">
        {t("recordings.play")}
      </Button>
      <ComposedFile message={message} recording={recording} />
      {open && (
        <Suspense>
          <RecordingPlayer message={message} recording={recording} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

export function RecordingCard({ message }: { message: Message }) {
  const recording = recordingOf(message);
  return recording && <Card message={message} recording={recording} />;
}
