/** Strona główna: the windows "Linki" and "Twoje projekty" (WORK-001..024). */
import { ActionIcon, Badge, Text, Tooltip, UnstyledButton } from "@mantine/core";
import {
  IconArrowDownLeft,
  IconArrowsLeftRight,
  IconArrowUpRight,
  IconBriefcase,
  IconMessageCircle,
  IconMicrophone,
  IconMinus,
  IconPhoneOff,
  IconPhoneOutgoing,
  IconPlus,
  IconPower,
  IconVideo,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { Panel } from "@/base/Page";
import { ProblemAlert } from "@/base/problems";
import { useMay } from "@/base/session";
import { Filled } from "@/base/slots";
import { homeFoot } from "@/desk/slots";

import classes from "./agent.module.css";
import { useAgentHome, useHomeChange, type AgentHome, type Direction, type HomeProject, type Medium } from "./home";
import { StatusDot } from "./StatusControl";

const MEDIA: Readonly<Record<Medium, typeof IconVideo>> = { audio: IconMicrophone, video: IconVideo, chat: IconMessageCircle };
const DIRECTIONS: readonly (readonly [Direction, typeof IconVideo])[] = [
  ["incoming", IconArrowDownLeft],
  ["outgoing", IconArrowUpRight],
  ["both", IconArrowsLeftRight],
  ["off", IconPhoneOff],
];

function LinkRow({ link }: { link: AgentHome["links"][number] }) {
  // locale-keys: agent.link.*, agent.linkText.*, agent.reason.*
  const { t } = useTranslation();
  const { links } = useHomeChange();
  const [isOpen, setOpen] = useState(false);
  const name = t(`agent.link.${link.kind}`);
  const state = link.available ? (link.active ? t("agent.linkActive") : t("agent.linkInactive")) : t("agent.linkUnavailable");
  return (
    <li className={classes.link}>
      <div className={classes.linkHead}>
        <ActionIcon variant="subtle" color="gray" aria-expanded={isOpen} aria-label={t("agent.linkDetails", { name })} onClick={() => setOpen(!isOpen)}>
          {isOpen ? <IconMinus size={18} /> : <IconPlus size={18} />}
        </ActionIcon>
        <Text fw={600} className="grow">
          {name}
          <Text component="span" display="block" size="xs" c="dimmed" fw={400}>
            {state}
          </Text>
        </Text>
        <UnstyledButton
          className={classes.power}
          data-active={link.active || undefined}
          aria-pressed={link.active}
          aria-disabled={!link.available}
          aria-label={t("agent.linkPower", { name })}
          onClick={() => (link.available ? links.mutate({ [link.kind]: !link.active }) : setOpen(true))}
        >
          <IconPower size={20} aria-hidden="true" />
        </UnstyledButton>
      </div>
      {isOpen && (
        <div className={classes.linkText}>
          <Text size="sm">{t(`agent.linkText.${link.kind}`)}</Text>
          {link.reason !== null && (
            <Text size="sm" c="dimmed">
              {t(`agent.reason.${link.reason}`)}
            </Text>
          )}
        </div>
      )}
    </li>
  );
}

function MediumButton({ project, medium }: { project: HomeProject; medium: HomeProject["media"][number] }) {
  // locale-keys: agent.medium.*
  const { t } = useTranslation();
  const change = useHomeChange().project;
  const Icon = MEDIA[medium.medium];
  const missing = [
    ...(medium.licensed ? [] : [t("agent.noLicence")]),
    ...(medium.channel_on ? [] : [t("agent.channelOff")]),
    ...(medium.in_channel ? [] : [t("agent.notInChannel")]),
  ];
  const name = t(`agent.medium.${medium.medium}`);
  return (
    <Tooltip label={missing.length === 0 ? name : `${name}: ${missing.join(", ")}`}>
      <UnstyledButton
        className={classes.medium}
        data-active={medium.active || undefined}
        data-idle={(medium.active && missing.length > 0) || undefined}
        aria-pressed={medium.active}
        aria-label={`${name}, ${project.name}`}
        onClick={() => change.mutate({ project: project.id, [medium.medium]: !medium.active })}
      >
        <Icon size={21} stroke={1.7} aria-hidden="true" />
        <span className={classes.mediumName}>{name}</span>
      </UnstyledButton>
    </Tooltip>
  );
}

function Directions({ project }: { project: HomeProject }) {
  // locale-keys: agent.direction.*
  const { t } = useTranslation();
  const change = useHomeChange().project;
  return (
    <div className={classes.directions} role="radiogroup" aria-label={t("agent.directionOf", { name: project.name })}>
      {DIRECTIONS.map(([direction, Icon]) => {
        const isBarred = direction === "off" && !project.may_be_off && project.direction !== "off";
        return (
          <Tooltip key={direction} label={isBarred ? t("agent.offBarred") : t(`agent.direction.${direction}`)}>
            <UnstyledButton
              className={classes.direction}
              role="radio"
              aria-checked={project.direction === direction}
              aria-disabled={isBarred}
              aria-label={t(`agent.direction.${direction}`)}
              onClick={() => project.direction !== direction && !isBarred && change.mutate({ project: project.id, direction })}
            >
              <Icon size={19} aria-hidden="true" />
            </UnstyledButton>
          </Tooltip>
        );
      })}
    </div>
  );
}

function ProjectRow({ project, isOutgoing }: { project: HomeProject; isOutgoing: boolean }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const { outgoing } = useHomeChange();
  return (
    <li className={classes.project}>
      <div className={classes.projectName}>
        <Text fw={650}>{project.name}</Text>
        <Text size="xs" c="dimmed">
          {project.role === "supervisor" ? t("agent.role.supervisor") : t("agent.role.agent")}
          {" · "}
          {project.open ? t("agent.open") : t("agent.closed")}
          {project.changes_at_ms !== null && `, ${t(project.open ? "agent.until" : "agent.opens", { time: dateTime(project.changes_at_ms) })}`}
        </Text>
      </div>
      <div className={classes.media}>
        {project.media.map((medium) => (
          <MediumButton key={medium.medium} project={project} medium={medium} />
        ))}
      </div>
      <Directions project={project} />
      <Tooltip label={t("agent.outgoing.choose")}>
        <UnstyledButton
          className={classes.direction}
          aria-pressed={isOutgoing}
          aria-label={t("agent.outgoing.chooseNamed", { name: project.name })}
          onClick={() => !isOutgoing && outgoing.mutate(project.id)}
        >
          <IconPhoneOutgoing size={19} aria-hidden="true" />
        </UnstyledButton>
      </Tooltip>
    </li>
  );
}

export function HomePage() {
  const { t } = useTranslation();
  const query = useAgentHome();
  const isAdmin = useMay("desk.configure");
  const home = query.data;
  return (
    <div className={classes.frame}>
      <div className={classes.scroll} tabIndex={0}>
        <div className={classes.page}>
          <header className={classes.header}>
            <h1 className={classes.title}>{t("common.nav.home")}</h1>
            {home && (
              <Badge size="lg" variant="default" tt="none" leftSection={<StatusDot status={home.status} />}>
                {t(`agent.status.${home.status}`)}
              </Badge>
            )}
          </header>
          {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
          {home === undefined && !query.isError && <Loading />}
          {home !== undefined && (
            <div className={classes.windows}>
              <Panel title={t("agent.projects")} text={t("agent.projectsText")}>
                {home.projects.length === 0 ? (
                  <Empty inline icon={IconBriefcase} title={t("agent.noProjects")} text={t("agent.noProjectsText")} />
                ) : (
                  <ul className={classes.list}>
                    {home.projects.map((project) => (
                      <ProjectRow key={project.id} project={project} isOutgoing={project.id === home.outgoing_project_id} />
                    ))}
                  </ul>
                )}
              </Panel>
              <Panel title={t("agent.links")} text={t("agent.linksText")}>
                <ul className={classes.list}>
                  {home.links.map((link) => (
                    <LinkRow key={link.kind} link={link} />
                  ))}
                </ul>
              </Panel>
            </div>
          )}
        </div>
      </div>
      {isAdmin && <Filled slot={homeFoot}>{(Bar) => <Bar />}</Filled>}
    </div>
  );
}
