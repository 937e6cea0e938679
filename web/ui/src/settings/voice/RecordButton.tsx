/** An announcement spoken into this computer's microphone (CC-180). */
import { Button } from "@mantine/core";
import { IconMicrophone, IconPlayerStopFilled } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/base/formats";
import { tellRefusal } from "@/base/problems";

const MAX_MS = 5 * 60_000;

interface RecordButtonProps {
  isSaving: boolean;
  onRecorded: (sound: Blob) => void;
}

export function RecordButton({ isSaving, onRecorded }: RecordButtonProps) {
  const { t } = useTranslation();
  const recorder = useRef<MediaRecorder | null>(null);
  const [began_ms, setBegan] = useState<number | null>(null);
  const [now_ms, setNow] = useState(0);
  const isRecording = began_ms !== null;

  const finish = () => recorder.current?.state === "recording" && recorder.current.stop();
  const tick = useEffectEvent(() => {
    setNow(performance.now());
    if (began_ms !== null && performance.now() - began_ms > MAX_MS) finish();
  });
  useEffect(() => {
    if (!isRecording) return;
    const timer = setInterval(() => tick(), 500);
    return () => clearInterval(timer);
  }, [isRecording]);
  useEffect(
    () => () => {
      // Whoever leaves the page meant to keep nothing.
      const left = recorder.current;
      recorder.current = null;
      for (const track of left?.stream.getTracks() ?? []) track.stop();
    },
    [],
  );

  const begin = async () => {
    let voice: MediaStream;
    try {
      voice = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      tellRefusal(t("settings.voice.noMicrophone"));
      return;
    }
    const made = new MediaRecorder(voice);
    const parts: Blob[] = [];
    made.addEventListener("dataavailable", ({ data }) => parts.push(data));
    made.addEventListener("stop", () => {
      for (const track of voice.getTracks()) track.stop();
      setBegan(null);
      if (recorder.current === made) onRecorded(new Blob(parts, { type: made.mimeType }));
    });
    recorder.current = made;
    made.start();
    setBegan(performance.now());
    setNow(performance.now());
  };

  return isRecording ? (
    <Button size="xs" color="red" leftSection={<IconPlayerStopFilled size={16} />} onClick={finish}>
      {t("settings.voice.stopRecording", { duration: formatDuration(now_ms - began_ms) })}
    </Button>
  ) : (
    <Button size="xs" variant="default" leftSection={<IconMicrophone size={16} />} loading={isSaving} onClick={() => void begin()}>
      {t("settings.voice.recordOwn")}
    </Button>
  );
}
