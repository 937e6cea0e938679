/** What somebody thinks, rising over the pictures for a moment, with the name. */
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";

import classes from "./Reactions.module.css";

export function Reactions() {
  const { t } = useTranslation();
  const call = useCall();
  const shown = useValue(call.floor.reactions);
  const { conference, participantId } = useValue(call.state);
  return (
    <div className={classes.reactions} role="status" aria-live="polite">
      {shown.map(({ id, participantId: seat, reaction }) => {
        const name = seat === participantId ? t("conference.you") : (conference?.participants.find((row) => row.id === seat)?.name ?? "");
        return (
          <span key={id} className={classes.reaction} data-testid="reaction-shown" style={{ left: `${8 + ((id * 37) % 60)}%` }}>
            <span className={classes.reactionFace}>{reaction}</span>
            <span className={classes.reactionName}>{name}</span>
          </span>
        );
      })}
    </div>
  );
}
