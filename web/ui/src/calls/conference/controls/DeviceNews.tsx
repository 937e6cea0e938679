/**
 * Says that another device is used now than a moment ago, though nobody chose it: one was pulled out, or is back; and that a
 * supervisor begins to speak to this person alone.
 */
import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import type { CaptureKind } from "@/media/capture/capture";

// locale-keys: conference.devices.nowUsed.microphone, conference.devices.nowUsed.camera
function useNews(kind: CaptureKind): void {
  const { t } = useTranslation();
  const call = useCall();
  const { track } = useValue(call.capture[kind]);
  const chosen = useValue(call.devices.state).choices[kind]?.id ?? null;
  const before = useRef<{ label: string; chosen: string | null } | null>(null);
  useEffect(() => {
    if (track === null) return;
    const known = before.current;
    before.current = { label: track.label, chosen };
    if (known === null || known.label === track.label || known.chosen !== chosen) return;
    notifications.show({ id: `device ${kind}`, message: t(`conference.devices.nowUsed.${kind}`, { label: track.label }), withCloseButton: true });
  }, [track, chosen, kind, t]);
}

/** The chosen speaker cannot be seen to stop, so its going and coming back is told from the list. */
function useSpeakerNews(): void {
  const { t } = useTranslation();
  const call = useCall();
  const { choices, lists } = useValue(call.devices.state);
  const chosen = choices.speaker;
  const here = chosen === null || call.devices.current("speaker") !== null;
  const before = useRef(here);
  useEffect(() => {
    if (before.current === here || lists.speaker.length === 0 || chosen === null) return;
    before.current = here;
    const message = here ? t("conference.devices.speakerBack", { label: chosen.label }) : t("conference.devices.speakerGone", { label: chosen.label });
    notifications.show({ id: "device speaker", message, withCloseButton: true });
  }, [here, chosen, lists, t]);
}

function useWhispers(): void {
  const { t } = useTranslation();
  const whispered = useValue(useCall().floor.whispered);
  useEffect(() => {
    if (whispered === null) return;
    notifications.show({ id: "whispered", message: t("conference.whispered", { name: whispered.name }), autoClose: 10_000, withCloseButton: true });
  }, [whispered, t]);
}

export function DeviceNews() {
  useWhispers();
  useNews("microphone");
  useNews("camera");
  useSpeakerNews();
  return null;
}
