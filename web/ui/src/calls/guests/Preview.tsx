/** One's own picture before the call, and whether microphone and camera will be on in it. */
import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { TrackVideo } from "@/calls/conference/stage/Video";
import { Capture, isAnnounced } from "@/media/capture/capture";
import { Devices } from "@/media/capture/devices";
import { readChoices, writeChoices, type Choices } from "@/media/choices";

import classes from "./guests.module.css";

/** What a guest chose holds in the lobby and in the call, and for the next one. */
export const GUEST_CHOICES = "guest";
const FRESH: Choices = { audio: true, video: true, effects: [] };

/** What the person chose in this tab. */
export function readWanted(): Choices {
  return readChoices(GUEST_CHOICES) ?? FRESH;
}

export interface OwnPreview {
  devices: Devices;
  capture: Capture;
}

/** Camera and microphone for as long as the component is there; the call asks for its own. */
export function usePreview(): OwnPreview {
  const [preview] = useState(() => {
    const devices = new Devices();
    return { devices, capture: new Capture(devices) };
  });
  useEffect(() => {
    preview.devices.start();
    void preview.capture.start(readWanted());
    return () => {
      preview.capture.stop();
      preview.devices.stop();
    };
  }, [preview]);
  return preview;
}

// locale-keys: conference.problem.*
export function Preview({ preview: { capture } }: { preview: OwnPreview }) {
  const { t } = useTranslation();
  const microphone = useValue(capture.microphone);
  const camera = useValue(capture.camera);
  const audio = isAnnounced(microphone);
  const video = isAnnounced(camera);
  const remember = (wanted: Pick<Choices, "audio" | "video">) => {
    writeChoices(GUEST_CHOICES, { ...readWanted(), ...wanted });
    void capture.setMicrophone(wanted.audio);
    void capture.setCamera(wanted.video);
  };
  const problems = [
    ...(microphone.wanted && microphone.problem !== null ? [t(`conference.problem.microphone.${microphone.problem}`)] : []),
    ...(camera.wanted && camera.problem !== null ? [t(`conference.problem.camera.${camera.problem}`)] : []),
  ];
  return (
    <div className={classes.previewPlace}>
      <div className={classes.preview} role="group" aria-label={t("guest.page.preview")}>
        {video && camera.track !== null ? <TrackVideo track={camera.track} mirrored testId="own-video" /> : <span className={classes.noPicture}>{t("guest.page.noPicture")}</span>}
        <div className={classes.toggles}>
          <Tooltip label={t(audio ? "guest.page.mic.on" : "guest.page.mic.off")}>
            <ActionIcon
              size={48}
              radius="xl"
              variant="filled"
              color={audio ? "dark" : "red"}
              aria-label={t(audio ? "guest.page.mic.on" : "guest.page.mic.off")}
              aria-pressed={audio}
              onClick={() => remember({ audio: !audio, video })}
              data-testid="guest-mic"
            >
              {audio ? <IconMicrophone size={22} /> : <IconMicrophoneOff size={22} />}
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t(video ? "guest.page.cam.on" : "guest.page.cam.off")}>
            <ActionIcon
              size={48}
              radius="xl"
              variant="filled"
              color={video ? "dark" : "red"}
              aria-label={t(video ? "guest.page.cam.on" : "guest.page.cam.off")}
              aria-pressed={video}
              onClick={() => remember({ audio, video: !video })}
              data-testid="guest-cam"
            >
              {video ? <IconVideo size={22} /> : <IconVideoOff size={22} />}
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      {problems.map((problem) => (
        <Text key={problem} size="sm" c="orange" role="alert">
          {problem}
        </Text>
      ))}
    </div>
  );
}
