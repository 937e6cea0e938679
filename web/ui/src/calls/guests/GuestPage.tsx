/** What somebody without an account sees: the invitation, the wait, the call, and how it ended. */
import { Button, Group, Loader, Text } from "@mantine/core";
import { IconArrowsExchange, IconDoorExit, IconLinkOff, IconPhoneOff, IconX } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Mark } from "@/base/Mark";
import { describeProblem, tellProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { useTitle } from "@/calls/conference/page";
import type { GuestState } from "@/calls/rest";
import { ApiProblem } from "@/protocol/problem";

import { isInside, type Door } from "./door";
import { GuestCall } from "./GuestCall";
import classes from "./guests.module.css";
import { Invited } from "./Invited";
import { Preview, usePreview } from "./Preview";

export function Frame({ children }: { children: ReactNode }) {
  return (
    <div className={classes.page}>
      <header className={classes.brand}>
        <Mark size={32} />
        <span>Centrala</span>
      </header>
      <main className={classes.main}>{children}</main>
    </div>
  );
}

function Ending({ icon, title, text, children, testId }: { icon: ReactNode; title: string; text?: string; children?: ReactNode; testId: string }) {
  return (
    <Frame>
      <div className={classes.card} data-testid={testId} role="status">
        <span className={classes.icon} aria-hidden="true">
          {icon}
        </span>
        <h1 className={classes.title}>{title}</h1>
        {text !== undefined && (
          <Text c="dimmed" ta="center">
            {text}
          </Text>
        )}
        {children}
      </div>
    </Frame>
  );
}

function Waiting({ door, guest }: { door: Door; guest: GuestState }) {
  const { t } = useTranslation();
  const line = useValue(door.line);
  const preview = usePreview();
  return (
    <Frame>
      <div className={classes.card} data-testid="guest-waiting" data-state={guest.state}>
        <Preview preview={preview} />
        <div className={classes.wait} role="status">
          <Loader size="sm" type="dots" aria-hidden="true" />
          <h1 className={classes.title}>{t("guest.waiting.title")}</h1>
          <Text ta="center">{t("guest.waiting.told")}</Text>
          <Text c="dimmed" ta="center" data-testid="guest-people">
            {guest.running ? t("guest.waiting.running", { count: guest.people }) : t("guest.waiting.notYet")}
          </Text>
          {line !== "online" && guest.state === "waiting" && (
            <Text c="orange" size="sm" ta="center">
              {t("guest.waiting.offline")}
            </Text>
          )}
        </div>
        <Text size="sm" c="dimmed" ta="center" className={classes.long}>
          {t("guest.waiting.as", { name: guest.name })}
        </Text>
        <Button variant="default" onClick={() => void door.leave()} data-testid="guest-give-up">
          {t("guest.waiting.leave")}
        </Button>
      </div>
    </Frame>
  );
}

// locale-keys: guest.end.*
const ICONS = { left: IconDoorExit, ended: IconPhoneOff, refused: IconX, removed: IconX, revoked: IconLinkOff, expired: IconLinkOff } as const;

function Ended({ door, guest }: { door: Door; guest: GuestState }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const state = guest.state as keyof typeof ICONS;
  const Icon = ICONS[state];
  const again = () => {
    setAsking(true);
    door
      .askAgain()
      .catch(tellProblem)
      .finally(() => setAsking(false));
  };
  return (
    <Ending icon={<Icon size={34} />} title={t(`guest.end.${state}.title`)} text={t(`guest.end.${state}.text`)} testId={`guest-${state}`}>
      {(state === "left" || state === "ended") && (
        <Button size="md" mt="md" loading={asking} onClick={again} data-testid="guest-again">
          {t("guest.end.again")}
        </Button>
      )}
    </Ending>
  );
}

function Broken({ door, problem }: { door: Door; problem: unknown }) {
  const { t } = useTranslation();
  const passing = problem instanceof ApiProblem && problem.isTransient;
  return (
    <Ending
      icon={<IconLinkOff size={34} />}
      title={passing ? describeProblem(problem) : t("guest.end.broken.title")}
      {...(!passing && problem !== null && { text: describeProblem(problem) })}
      testId="guest-broken"
    >
      {passing && (
        <Button size="md" mt="md" onClick={() => void door.open()}>
          {t("guest.end.retry")}
        </Button>
      )}
    </Ending>
  );
}

/** The person took the call to another tab. */
export function Replaced({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  return (
    <Ending icon={<IconArrowsExchange size={34} />} title={t("guest.end.replaced.title")} text={t("guest.end.replaced.text")} testId="guest-replaced">
      <Group mt="md">
        <Button size="md" onClick={onBack}>
          {t("guest.end.back")}
        </Button>
      </Group>
    </Ending>
  );
}

export function GuestPage({ door }: { door: Door }) {
  const { t } = useTranslation();
  const state = useValue(door.state);
  useTitle(t("guest.page.title"));
  switch (state.phase) {
    case "checking":
      return (
        <Frame>
          <div className={classes.card} role="status">
            <Loader aria-label={t("guest.page.checking")} />
          </div>
        </Frame>
      );
    case "broken":
      return <Broken door={door} problem={state.problem} />;
    case "invited":
      return <Invited door={door} invitation={state.invitation} />;
    case "guest":
      if (state.guest.conference_id !== null && state.guest.conversation_id !== null)
        return <GuestCall key={state.guest.conference_id} door={door} guest={state.guest} />;
      return isInside(state.guest) ? <Waiting door={door} guest={state.guest} /> : <Ended door={door} guest={state.guest} />;
  }
}
