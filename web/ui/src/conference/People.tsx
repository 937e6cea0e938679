/** Who is in the call, as a list beside the pictures. */
import { CloseButton } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/app/people";

import { useCall } from "./callContext";
import classes from "./conference.module.css";
import { useValue } from "./useValue";

export function People({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { conference, participantId } = useValue(useCall().state);
  const participants = conference?.participants ?? [];
  return (
    <aside className={classes.side} aria-label={t("conference.people.title")} data-testid="people-list">
      <div className={classes.sideHead}>
        <h2 className={classes.sideTitle}>{t("conference.people.title")}</h2>
        <CloseButton onClick={onClose} aria-label={t("conference.close")} size="lg" autoFocus />
      </div>
      <ul className={classes.list}>
        {participants.map(({ id, person_id, name, avatar_url, audio, video }) => (
          <li key={id} className={classes.row}>
            <Picture id={person_id} name={name} url={avatar_url} size={34} />
            <span className={classes.rowName}>
              {name}
              {id === participantId && <span className={classes.dimmed}> ({t("conference.you")})</span>}
            </span>
            <span role="img" aria-label={audio ? t("conference.tile.unmuted") : t("conference.tile.muted")} data-on={audio} className={classes.mark}>
              {audio ? <IconMicrophone size={18} /> : <IconMicrophoneOff size={18} />}
            </span>
            <span role="img" aria-label={video ? t("conference.tile.cameraOn") : t("conference.tile.cameraOff")} data-on={video} className={classes.mark}>
              {video ? <IconVideo size={18} /> : <IconVideoOff size={18} />}
            </span>
          </li>
        ))}
      </ul>
    </aside>
  );
}
