/** Above the people: what the call is about, how long it has been, the way back, who is in it. */
import { Badge, Button, Tooltip, UnstyledButton } from "@mantine/core";
import { IconExternalLink, IconMessage, IconUsers } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/base/formats";
import { useServerNow } from "@/base/useServerNow";
import { useValue } from "@/base/useValue";

import { useCall } from "./callContext";
import { CallBar, RecordingMark, SupervisionMark } from "./CallFrame";
import classes from "./Header.module.css";

function Duration({ startedAtMs }: { startedAtMs: number }) {
  const { t } = useTranslation();
  const now_ms = useServerNow();
  return (
    <span className={classes.duration} role="timer" aria-label={t("conference.duration")} aria-live="off" data-testid="duration">
      {formatDuration(now_ms - startedAtMs)}
    </span>
  );
}

interface HeaderProps {
  title: string;
  conversationId: string;
  peopleShown: boolean;
  onPeople: () => void;
  /** Messages of the conversation that are not read. */
  unread: number;
  chatShown: boolean;
  onChat: () => void;
}

const MOST_UNREAD = 99;

export function Header({ title, conversationId, peopleShown, onPeople, unread, chatShown, onChat }: HeaderProps) {
  const { t } = useTranslation();
  const call = useCall();
  const { phase, conference } = useValue(call.state);
  const supervisors = useValue(call.floor.supervisors);
  const count = conference?.participants.length ?? 0;
  return (
    <CallBar title={title === "" ? t("conference.untitled") : title}>
      {phase === "joined" && conference !== null && <Duration startedAtMs={conference.started_at_ms} />}
      <RecordingMark hint={phase === "joined" && conference?.recording != null ? t("conference.recording.by", { name: conference.recording.started_by.name }) : null} />
      {phase === "joined" && <SupervisionMark supervisors={supervisors} />}
      <div className={classes.headerButtons}>
        <Tooltip withinPortal={false} label={t("conference.backHint")}>
          <Button
            component="a"
            href={`/conferencing/${conversationId}`}
            target="_blank"
            rel="noopener"
            variant="subtle"
            color="gray"
            size="sm"
            leftSection={<IconExternalLink size={20} />}
            className={classes.back ?? ""}
            aria-label={t("conference.back")}
            data-testid="back"
          >
            <span className={classes.wideOnly}>{t("conference.back")}</span>
          </Button>
        </Tooltip>
        <Tooltip withinPortal={false} label={t("conference.chat.title")} disabled={chatShown}>
          <UnstyledButton
            className={classes.people}
            aria-label={unread > 0 ? t("conference.chat.unread", { count: unread }) : t("conference.chat.title")}
            aria-expanded={chatShown}
            aria-keyshortcuts="C"
            onClick={onChat}
            data-testid="chat"
          >
            <IconMessage size={20} />
            {unread > 0 && (
              <Badge size="sm" variant="filled" color="red" circle={unread < 10} data-testid="chat-unread">
                {unread > MOST_UNREAD ? `${MOST_UNREAD}+` : unread}
              </Badge>
            )}
          </UnstyledButton>
        </Tooltip>
        <Tooltip withinPortal={false} label={t("conference.people.title")} disabled={peopleShown}>
          <UnstyledButton
            className={classes.people}
            aria-label={t("conference.people.show", { count })}
            aria-expanded={peopleShown}
            onClick={onPeople}
            data-testid="people"
          >
            <IconUsers size={20} />
            <Badge size="sm" variant="filled" circle={count < 10}>
              {count}
            </Badge>
          </UnstyledButton>
        </Tooltip>
      </div>
    </CallBar>
  );
}
