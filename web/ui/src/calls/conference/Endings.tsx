/** Screens for a call this tab is not in: left, ended, continued elsewhere, refused. */
import { Button, Group, Text, Title } from "@mantine/core";
import { IconArrowsExchange, IconDoorExit, IconPhoneOff, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/base/formats";
import { describeProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";

import { useCall } from "./callContext";
import classes from "./Endings.module.css";

interface EndingProps {
  icon: ReactNode;
  title: string;
  text?: string;
  conversationId: string;
  testId: string;
  children?: ReactNode;
}

function Ending({ icon, title, text, conversationId, testId, children }: EndingProps) {
  const { t } = useTranslation();
  return (
    <main className={classes.ending} data-testid={testId}>
      <span className={classes.endingIcon} aria-hidden="true">
        {icon}
      </span>
      <Title order={1} size="h2" ta="center">
        {title}
      </Title>
      {text !== undefined && (
        <Text c="dimmed" ta="center" maw={440}>
          {text}
        </Text>
      )}
      <Group justify="center" gap="sm" mt="md">
        {children}
        <Button component={Link} to={`/conferencing/${conversationId}`} variant="default" size="md">
          {t("conference.back")}
        </Button>
      </Group>
    </main>
  );
}

export function Endings({ conversationId, nameOf }: { conversationId: string; nameOf: (personId: string) => string }) {
  const { t } = useTranslation();
  const call = useCall();
  const { phase, conference, problem, removedBy } = useValue(call.state);
  const restart = () => call.restart();
  const describe = () => {
    if (problem?.status === 404 && call.lettingIn.isAnswering) return t("conference.refused.taken");
    if (problem !== null) return describeProblem(problem);
    return removedBy === null ? t("conference.refused.removed") : t("conference.refused.byModerator", { name: nameOf(removedBy) });
  };
  switch (phase) {
    case "left":
      return (
        <Ending icon={<IconDoorExit size={34} />} title={t("conference.left.title")} conversationId={conversationId} testId="left">
          <Button size="md" onClick={restart} data-testid="rejoin">
            {t("conference.left.rejoin")}
          </Button>
        </Ending>
      );
    // locale-keys: conference.ended.reason.*
    case "ended": {
      const reason = conference?.end_reason ?? "";
      const length = conference === null ? 0 : (conference.ended_at_ms ?? conference.started_at_ms) - conference.started_at_ms;
      return (
        <Ending
          icon={<IconPhoneOff size={34} />}
          title={t("conference.ended.title")}
          text={[reason === "" ? "" : t(`conference.ended.reason.${reason}`), t("conference.ended.text", { duration: formatDuration(length) })].join(" ").trim()}
          conversationId={conversationId}
          testId="ended"
        >
          <Button size="md" onClick={restart} data-testid="call-again">
            {t("conference.ended.again")}
          </Button>
        </Ending>
      );
    }
    case "replaced":
      return (
        <Ending
          icon={<IconArrowsExchange size={34} />}
          title={t("conference.replaced.title")}
          text={t("conference.replaced.text")}
          conversationId={conversationId}
          testId="replaced"
        >
          <Button size="md" onClick={restart} data-testid="take-back">
            {t("conference.replaced.back")}
          </Button>
        </Ending>
      );
    case "refused":
      return (
        <Ending
          icon={<IconX size={34} />}
          title={t("conference.refused.title")}
          text={describe()}
          conversationId={conversationId}
          testId="refused"
        >
          <Button size="md" onClick={restart}>
            {t("conference.retry")}
          </Button>
        </Ending>
      );
    case "starting":
    case "joined":
      return null;
  }
}
