/** Raising one's hand, and reactions that everybody sees for a moment. */
import { Menu, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronUp, IconHandStop } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { useCall } from "@/calls/conference/callContext";
import { REACTIONS } from "@/media/floor";

import classes from "./controls.module.css";

/** One's own hand, and what changes it. */
export function useHand(): { raised: boolean; toggle: () => void } {
  const call = useCall();
  const { conference, participantId } = useValue(call.state);
  const raised = conference?.participants.find(({ id }) => id === participantId)?.hand_raised_at_ms != null;
  return { raised, toggle: () => void call.floor.raiseHand(!raised).catch(tellProblem) };
}

export function ReactionRow() {
  const { t } = useTranslation();
  const call = useCall();
  return (
    <div className={classes.reactionRow} role="group" aria-label={t("conference.reactions.label")}>
      {REACTIONS.map((reaction) => (
        <UnstyledButton
          key={reaction}
          className={classes.reactionButton}
          aria-label={t("conference.reactions.show", { reaction })}
          onClick={() => void call.floor.react(reaction).catch(tellProblem)}
          data-testid="reaction"
        >
          {reaction}
        </UnstyledButton>
      ))}
    </div>
  );
}

export function HandButton() {
  const { t } = useTranslation();
  const { raised, toggle } = useHand();
  const label = raised ? t("conference.hand.lower") : t("conference.hand.raise");
  return (
    <div className={`${classes.split} ${classes.wideOnly}`} data-raised={raised}>
      <Tooltip withinPortal={false} label={`${label} (H)`}>
        <UnstyledButton className={classes.round} aria-label={label} aria-pressed={raised} aria-keyshortcuts="H" onClick={toggle} data-testid="hand" data-on={raised}>
          <IconHandStop size={24} />
        </UnstyledButton>
      </Tooltip>
      <Menu position="top" withinPortal={false} shadow="lg" closeOnItemClick={false}>
        <Menu.Target>
          <UnstyledButton className={classes.chevron} aria-label={t("conference.reactions.label")} data-testid="reactions">
            <IconChevronUp size={18} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown className={classes.menu ?? ""}>
          <ReactionRow />
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
