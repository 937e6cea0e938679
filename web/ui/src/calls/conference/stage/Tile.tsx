/** One person in the call: picture or initials, name, what is muted, a ring while speaking. */
import { Avatar } from "@mantine/core";
import { IconAccessPointOff, IconHandStop, IconMicrophoneOff, IconUsers } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { colourOf, initialsOf } from "@/base/people";
import type { PauseReason } from "@/media/peer/receiving";
import type { Participant } from "@/protocol/conferences";

import { QualityMark, useTrouble } from "./QualityMark";
import classes from "./tiles.module.css";

interface TileProps {
  participant: Participant;
  own: boolean;
  /** Microphone and camera as this page knows them: one's own are ahead of the server. */
  audio: boolean;
  video: boolean;
  /** Why the picture does not come. */
  paused?: PauseReason | undefined;
  speaking: boolean;
  picture: ReactNode;
  /** Of a second tile of the same person. */
  testId?: string | undefined;
  children?: ReactNode;
}

export function Tile({ participant, own, audio, video, paused, speaking, picture, testId, children }: TileProps) {
  const { t } = useTranslation();
  const name = own ? t("conference.you") : participant.guest ? t("guest.named", { name: participant.name }) : participant.name;
  const isSpeaking = speaking && audio;
  const trouble = useTrouble(participant.id, own);
  const states = [
    name,
    ...(audio ? [] : [t("conference.tile.muted")]),
    ...(video ? [] : [t("conference.tile.cameraOff")]),
    // locale-keys: conference.tile.paused.*
    ...(video && paused ? [t(`conference.tile.paused.${paused}`)] : []),
    ...(participant.hand_raised_at_ms !== null ? [t("conference.hand.isUp")] : []),
    ...(isSpeaking ? [t("conference.tile.speaking")] : []),
    ...(trouble ? [trouble.words] : []),
  ];
  return (
    <div
      className={classes.tile}
      role="group"
      aria-label={states.join(", ")}
      data-testid={testId ?? `tile-${participant.id}`}
      data-person={participant.person_id}
      data-own={own}
      data-audio={audio}
      data-video={video}
      data-paused={video && paused !== undefined}
      data-speaking={isSpeaking}
      data-hand={participant.hand_raised_at_ms !== null}
    >
      <div className={classes.face} aria-hidden="true">
        <Avatar
          src={participant.avatar_url}
          alt=""
          radius="50%"
          className={classes.avatar ?? ""}
          styles={{ placeholder: { background: colourOf(participant.person_id), color: "#fff", fontSize: "inherit", fontWeight: 600 } }}
        >
          {initialsOf(participant.name)}
        </Avatar>
      </div>
      {video && !paused && picture}
      {video && paused && (
        <div className={classes.held} aria-hidden="true">
          {paused === "crowd" ? <IconUsers size={16} /> : <IconAccessPointOff size={16} />}
          <span>{t(`conference.tile.paused.${paused}`)}</span>
        </div>
      )}
      <div className={classes.label} aria-hidden="true">
        {participant.hand_raised_at_ms !== null && <IconHandStop size={16} className={classes.handMark} />}
        {!audio && <IconMicrophoneOff size={16} className={classes.mutedMark} />}
        <span className={classes.name}>{name}</span>
        {trouble && <QualityMark {...trouble} />}
      </div>
      {children}
    </div>
  );
}
