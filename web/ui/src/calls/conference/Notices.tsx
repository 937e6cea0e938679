/** What is wrong and what to press: reconnecting, sound refused, a device that cannot be used. */
import { Button, CloseButton, Loader } from "@mantine/core";
import { IconAlertTriangle, IconMicrophoneOff, IconPhotoEdit, IconPhotoOff, IconScreenShare, IconScreenShareOff, IconVideoOff, IconVolume } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLate } from "@/base/useLate";
import { useValue } from "@/base/useValue";
import type { Captured, CaptureKind, CaptureProblem } from "@/media/capture/capture";

import { useCall } from "./callContext";
import classes from "./Notices.module.css";
import { useModeration } from "./useModeration";

/** The browser's question is on the screen for longer than this: say what to do with it. */
const QUESTION_PATIENCE_MS = 1_500;

interface NoticeProps {
  icon: ReactNode;
  text: string;
  children?: ReactNode;
  testId: string;
  urgent?: boolean;
}

export function Notice({ icon, text, children, testId, urgent = false }: NoticeProps) {
  return (
    <div className={classes.notice} role={urgent ? "alert" : "status"} data-testid={testId}>
      <span className={classes.noticeIcon} aria-hidden="true">
        {icon}
      </span>
      <span className={classes.noticeText}>{text}</span>
      {children}
    </div>
  );
}

// locale-keys: conference.problem.*, conference.screen.problem.*
function DeviceProblem({ kind, problem }: { kind: CaptureKind | "both"; problem: CaptureProblem }) {
  const { t } = useTranslation();
  const call = useCall();
  const [dismissed, setDismissed] = useState(false);
  if (dismissed) return null;
  const retry = () => {
    if (kind !== "camera") void call.retryDevice("microphone");
    if (kind !== "microphone") void call.retryDevice("camera");
  };
  return (
    <Notice
      icon={kind === "camera" ? <IconVideoOff size={20} /> : <IconMicrophoneOff size={20} />}
      text={t(`conference.problem.${kind}.${problem}`)}
      testId={`problem-${kind}`}
      urgent
    >
      <Button size="compact-sm" variant="white" color="dark" onClick={retry}>
        {t("conference.retry")}
      </Button>
      <CloseButton aria-label={t("conference.close")} onClick={() => setDismissed(true)} />
    </Notice>
  );
}

/** One notice when both devices have the same trouble. */
function listProblems(microphone: Captured, camera: Captured): { kind: CaptureKind | "both"; problem: CaptureProblem }[] {
  const heard = microphone.wanted ? microphone.problem : null;
  const seen = camera.wanted ? camera.problem : null;
  if (heard !== null && heard === seen) return [{ kind: "both", problem: heard }];
  return [
    ...(heard === null ? [] : [{ kind: "microphone" as const, problem: heard }]),
    ...(seen === null ? [] : [{ kind: "camera" as const, problem: seen }]),
  ];
}

/** A moderator muted this person, or lets them speak again. */
function MutedNotice({ nameOf }: { nameOf: (personId: string) => string }) {
  const { t } = useTranslation();
  const call = useCall();
  const moderates = useModeration();
  const { conference, participantId } = useValue(call.state);
  const mutedBy = conference?.participants.find(({ id }) => id === participantId)?.muted_by ?? null;
  const [dismissed, setDismissed] = useState<string | null>(null);
  if (mutedBy === null || dismissed === mutedBy) return null;
  const locked = conference?.speech_locked === true && !moderates;
  return (
    <Notice icon={<IconMicrophoneOff size={20} />} text={t(locked ? "conference.muted.locked" : "conference.muted.by", { name: nameOf(mutedBy) })} testId="muted">
      <CloseButton aria-label={t("conference.close")} onClick={() => setDismissed(mutedBy)} />
    </Notice>
  );
}

function ThriftNotice() {
  const { t } = useTranslation();
  const call = useCall();
  const { on, automatic } = useValue(call.sparing.state);
  if (!on) return null;
  return (
    <Notice icon={<IconPhotoOff size={20} />} text={t(automatic ? "conference.thrift.automatic" : "conference.thrift.chosen")} testId="thrift-notice">
      <Button size="compact-sm" variant="white" color="dark" onClick={() => call.sparing.press()} data-testid="thrift-off">
        {t("conference.thrift.off")}
      </Button>
    </Notice>
  );
}

/** Guests have no part in whiteboards: they are told what the others look at. */
function FrozenForGuests() {
  const { t } = useTranslation();
  const { conference, participantId } = useValue(useCall().state);
  const isGuest = conference?.participants.find(({ id }) => id === participantId)?.guest === true;
  if (!isGuest || conference.shown === null) return null;
  return <Notice icon={<IconPhotoEdit size={20} />} text={t("conference.freeze.guest", { name: conference.shown.name })} testId="frozen-guest" />;
}

export function Notices({ nameOf, children }: { nameOf: (personId: string) => string; children?: ReactNode }) {
  const { t } = useTranslation();
  const call = useCall();
  const { link } = useValue(call.state);
  const blocked = useValue(call.playback.blocked);
  const microphone = useValue(call.capture.microphone);
  const camera = useValue(call.capture.camera);
  const screen = useValue(call.screen.state);
  const asking = useLate(microphone.starting || camera.starting, QUESTION_PATIENCE_MS);
  const problems = listProblems(microphone, camera);
  return (
    <div className={classes.notices}>
      {link === "reconnecting" && (
        <Notice icon={<Loader size={18} color="yellow" />} text={t("conference.reconnecting")} testId="reconnecting" urgent>
          <Button component="a" href="/help/connection" target="_blank" size="compact-sm" variant="white" color="dark">
            {t("conference.testConnection")}
          </Button>
        </Notice>
      )}
      {blocked && (
        <Notice icon={<IconVolume size={20} />} text={t("conference.sound.blocked")} testId="sound-blocked" urgent>
          <Button size="sm" color="violet" onClick={() => void call.playback.unlock()} data-testid="enable-sound">
            {t("conference.sound.enable")}
          </Button>
        </Notice>
      )}
      {screen.track !== null && (
        <Notice icon={<IconScreenShare size={20} />} text={t("conference.screen.shown")} testId="sharing">
          <Button size="compact-sm" color="red" onClick={() => call.screen.stop()} data-testid="share-stop">
            {t("conference.screen.stop")}
          </Button>
        </Notice>
      )}
      {screen.problem !== null && (
        <Notice icon={<IconScreenShareOff size={20} />} text={t(`conference.screen.problem.${screen.problem}`)} testId="problem-screen" urgent>
          <CloseButton aria-label={t("conference.close")} onClick={() => call.screen.dismiss()} />
        </Notice>
      )}
      <MutedNotice nameOf={nameOf} />
      <ThriftNotice />
      <FrozenForGuests />
      {children}
      {asking && <Notice icon={<IconAlertTriangle size={20} />} text={t("conference.allow")} testId="asking" />}
      {problems.map(({ kind, problem }) => (
        <DeviceProblem key={`${kind} ${problem}`} kind={kind} problem={problem} />
      ))}
    </div>
  );
}
