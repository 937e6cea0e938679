/** Who is in the call, as a list beside the pictures; raised hands first, and what moderators can do. */
import { ActionIcon, Badge, Button, Menu, Switch } from "@mantine/core";
import {
  IconCrown,
  IconDoorExit,
  IconDotsVertical,
  IconHandOff,
  IconHandStop,
  IconMicrophone,
  IconMicrophoneOff,
  IconVideo,
  IconVideoOff,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/base/people";
import { tellProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { api, type ModerationBody } from "@/calls/rest";
import type { Conference, Participant } from "@/protocol/conferences";

import { useCall } from "./callContext";
import classes from "./People.module.css";
import { SidePanel } from "./SidePanel";
import { useModeration } from "./useModeration";

/** Raised hands first, the one longest up on top; everybody else as they came. */
export function orderPeople(participants: readonly Participant[]): Participant[] {
  const up = ({ hand_raised_at_ms }: Participant) => hand_raised_at_ms ?? Number.MAX_SAFE_INTEGER;
  return [...participants].sort((a, b) => up(a) - up(b) || a.joined_at_ms - b.joined_at_ms || (a.id < b.id ? -1 : 1));
}

const tell = (asked: Promise<unknown>) => void asked.catch(tellProblem);

function Rules({ conference }: { conference: Conference }) {
  const { t } = useTranslation();
  const change = (body: ModerationBody) => tell(api.conferences.change(conference.id, body));
  return (
    <div className={classes.moderation} role="group" aria-label={t("conference.moderation.label")}>
      <Button variant="default" size="sm" leftSection={<IconMicrophoneOff size={18} />} onClick={() => tell(api.conferences.muteAll(conference.id))} data-testid="mute-all">
        {t("conference.moderation.muteAll")}
      </Button>
      <Switch
        checked={conference.speech_locked}
        onChange={(event) => change({ speech_locked: event.currentTarget.checked })}
        label={t("conference.moderation.speechLocked")}
        data-testid="lock-speech"
      />
      <Switch
        checked={conference.locked}
        onChange={(event) => change({ locked: event.currentTarget.checked })}
        label={t("conference.moderation.locked")}
        data-testid="lock-room"
      />
    </div>
  );
}

function Acts({ conference, participant }: { conference: Conference; participant: Participant }) {
  const { t } = useTranslation();
  const { id, name, person_id, muted_by, hand_raised_at_ms } = participant;
  const { conferences } = api;
  return (
    <Menu position="bottom-end" withinPortal={false} shadow="lg" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t("conference.moderation.of", { name })} data-testid={`acts-${id}`}>
          <IconDotsVertical size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu ?? ""}>
        {muted_by === null ? (
          <Menu.Item leftSection={<IconMicrophoneOff size={18} />} onClick={() => tell(conferences.mute(conference.id, id))} data-testid="mute">
            {t("conference.moderation.mute")}
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<IconMicrophone size={18} />} onClick={() => tell(conferences.letSpeak(conference.id, id))} data-testid="let-speak">
            {t("conference.moderation.letSpeak")}
          </Menu.Item>
        )}
        {hand_raised_at_ms !== null && (
          <Menu.Item leftSection={<IconHandOff size={18} />} onClick={() => tell(conferences.lowerHand(conference.id, id))} data-testid="lower-hand">
            {t("conference.moderation.lowerHand")}
          </Menu.Item>
        )}
        {person_id !== conference.moderator_id && !participant.guest && (
          <Menu.Item leftSection={<IconCrown size={18} />} onClick={() => tell(conferences.change(conference.id, { moderator_id: person_id }))} data-testid="hand-over">
            {t("conference.moderation.handOver")}
          </Menu.Item>
        )}
        <Menu.Item color="red" leftSection={<IconDoorExit size={18} />} onClick={() => tell(conferences.remove(conference.id, id))} data-testid="remove">
          {t("conference.moderation.remove")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Removed({ conference, nameOf }: { conference: Conference; nameOf: (personId: string) => string }) {
  const { t } = useTranslation();
  if (conference.removed.length === 0) return null;
  return (
    <>
      <h3 className={classes.subTitle}>{t("conference.moderation.removed")}</h3>
      <ul className={classes.list} style={{ flex: "none" }}>
        {conference.removed.map(({ person_id }) => (
          <li key={person_id} className={classes.row}>
            <span className={classes.rowName}>{nameOf(person_id)}</span>
            <Button variant="default" size="compact-sm" onClick={() => tell(api.conferences.admit(conference.id, person_id))} data-testid="admit">
              {t("conference.moderation.admit")}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

interface PeopleProps {
  onClose: () => void;
  /** What stands below the list. */
  foot?: ReactNode;
  /** The name of a member of the conversation. */
  nameOf: (personId: string) => string;
}

export function People({ onClose, foot, nameOf }: PeopleProps) {
  const { t } = useTranslation();
  const { conference, participantId } = useValue(useCall().state);
  const moderates = useModeration();
  const participants = orderPeople(conference?.participants ?? []);
  const hands = participants.filter(({ hand_raised_at_ms }) => hand_raised_at_ms !== null).map(({ id }) => id);
  return (
    <SidePanel kind="people" title={t("conference.people.title")} testId="people-list" onClose={onClose}>
      {moderates && conference !== null && <Rules conference={conference} />}
      <ul className={classes.list}>
        {participants.map((participant) => {
          const { id, person_id, avatar_url, audio, video } = participant;
          const name = participant.guest ? t("guest.named", { name: participant.name }) : participant.name;
          return (
            <li key={id} className={classes.row} data-testid="person">
              <Picture id={person_id} name={name} url={avatar_url} size={34} />
              <span className={classes.rowName}>
                {name}
                {id === participantId && <span className={classes.dimmed}> ({t("conference.you")})</span>}
                {person_id === conference?.moderator_id && (
                  <Badge size="xs" variant="light" ml={6}>
                    {t("conference.moderation.moderator")}
                  </Badge>
                )}
              </span>
              {hands.includes(id) && (
                <span className={classes.handPlace} role="img" aria-label={t("conference.hand.place", { place: hands.indexOf(id) + 1 })} data-testid="hand-up">
                  <IconHandStop size={18} />
                  {hands.indexOf(id) + 1}
                </span>
              )}
              <span role="img" aria-label={audio ? t("conference.tile.unmuted") : t("conference.tile.muted")} data-on={audio} className={classes.mark}>
                {audio ? <IconMicrophone size={18} /> : <IconMicrophoneOff size={18} />}
              </span>
              <span role="img" aria-label={video ? t("conference.tile.cameraOn") : t("conference.tile.cameraOff")} data-on={video} className={classes.mark}>
                {video ? <IconVideo size={18} /> : <IconVideoOff size={18} />}
              </span>
              {moderates && conference !== null && id !== participantId && <Acts conference={conference} participant={participant} />}
            </li>
          );
        })}
      </ul>
      {conference !== null && conference.watchers.length > 0 && (
        <>
          <h3 className={classes.subTitle}>{t("conference.people.watching")}</h3>
          <ul className={classes.list} data-testid="watchers">
            {conference.watchers.map(({ id, person_id, name, avatar_url, count }) => (
              <li key={id} className={classes.row}>
                <Picture id={person_id} name={name} url={avatar_url} size={34} />
                <span className={classes.rowName}>{count > 1 ? `${name} (${count})` : name}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {moderates && conference !== null && <Removed conference={conference} nameOf={nameOf} />}
      {foot}
    </SidePanel>
  );
}
