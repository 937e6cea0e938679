/** Beside one's name: what came in and nobody answered, by channel, with the bar from which it is taken (CC-036..039, CC-070). */
import { ActionIcon, Button, Drawer, Group, Portal, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconBell, IconCoffee, IconMail, IconMessageCircle, IconPhone } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { ProblemAlert } from "@/base/problems";
import { useServerNow } from "@/base/useServerNow";
import { isCall, nameOf } from "@/desk/describing";
import { useAgentHome } from "@/desk/home/home";
import { useIgnore, useQueue } from "@/desk/queries";
import type { Queue, Visit } from "@/desk/rest";

import { useAnswer } from "./answering";
import classes from "./DeskBar.module.css";
import { Offers } from "./Offers";
import { Preview } from "./Preview";
import { QueueRow, QueueRows } from "./QueueRow";

type Channel = "chat" | "calls" | "messages" | "all";

const ICONS = { chat: IconMessageCircle, calls: IconPhone, messages: IconMail, all: IconBell } as const;

/** What of the queue came by a channel and waits for an answer. */
function contactsOf(queue: Queue, channel: Channel): Visit[] {
  const chats = queue.waiting.filter((visit) => !isCall(visit.medium));
  const calls = queue.waiting.filter((visit) => isCall(visit.medium));
  return { chat: chats, calls, messages: queue.messages, all: [...queue.waiting, ...queue.messages] }[channel];
}

function countOf(queue: Queue | undefined, channel: Channel): number {
  if (queue === undefined) return 0;
  if (channel === "messages") return queue.counts.messages;
  return contactsOf(queue, channel).length + (channel === "all" ? queue.counts.messages - queue.messages.length : 0);
}

// locale-keys: desk.bar.*
function BarIcon({ channel, count, isOpen, onOpen }: { channel: Channel; count: number; isOpen: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const Icon = ICONS[channel];
  const label = t(`desk.bar.${channel}`);
  const shown = count > 99 ? "99+" : String(count);
  return (
    <Tooltip label={label}>
      <ActionIcon className={classes.barIcon ?? ""} variant="transparent" size={40} aria-expanded={isOpen} aria-label={count === 0 ? label : t("desk.bar.counted", { label, count: shown })} onClick={onOpen} data-testid={`bar-${channel}`}>
        <Icon size={22} aria-hidden="true" />
        {count > 0 && (
          <span className={classes.barBadge} aria-hidden="true">
            {shown}
          </span>
        )}
      </ActionIcon>
    </Tooltip>
  );
}

function Contact({ visit, now_ms, place, onTaken }: { visit: Visit; now_ms: number; place: number | undefined; onTaken: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isShown, setShown] = useState(false);
  const { answer, isPending: isAnswering } = useAnswer();
  const ignore = useIgnore();
  const isMessage = visit.state === "message";
  const open = () => {
    onTaken();
    if (isMessage) void navigate({ to: "/desk/$visitId", params: { visitId: visit.id } });
    else answer(visit);
  };
  return (
    <QueueRow visit={visit} now_ms={now_ms} isOpen={isShown} onOpen={() => setShown(!isShown)} {...(place !== undefined && { place })}>
      {isShown && <Preview visit={visit} last={4} />}
      {isShown && (
        <Group gap="xs" justify="flex-end" px="sm" pb="sm">
          <Button size="xs" variant="default" loading={ignore.isPending} onClick={() => ignore.mutate(visit.id)}>
            {t("desk.offer.ignore")}
          </Button>
          <Button size="xs" loading={isAnswering} aria-label={t("desk.bar.takeNamed", { name: nameOf(visit.visitor) })} onClick={open}>
            {isMessage ? t("desk.bar.open") : t("desk.bar.take")}
          </Button>
        </Group>
      )}
    </QueueRow>
  );
}

function Contacts({ channel, onTaken }: { channel: Channel; onTaken: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQueue();
  const now_ms = useServerNow();
  if (error !== null) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  const contacts = data === undefined ? [] : contactsOf(data, channel);
  if (contacts.length === 0) return <Empty inline icon={IconCoffee} title={t("desk.bar.none")} text={t("desk.bar.noneText")} />;
  const turns = new Map(data?.waiting.map((visit, index) => [visit.id, index + 1]));
  return (
    <QueueRows>
      {contacts.map((visit) => (
        <Contact key={visit.id} visit={visit} now_ms={now_ms} place={turns.get(visit.id)} onTaken={onTaken} />
      ))}
    </QueueRows>
  );
}

export default function DeskBar() {
  const { t } = useTranslation();
  const { data: queue } = useQueue();
  const home = useAgentHome();
  const isWide = useMediaQuery("(min-width: 1000px)", window.innerWidth >= 1000);
  const [open, setOpen] = useState<Channel | null>(null);
  const isServing = home.data?.status === "online" || (queue?.counts.mine ?? 0) > 0;
  const channels: readonly Channel[] = isWide ? ["chat", "calls", "messages"] : ["all"];
  return (
    <>
      {isServing && (
        <div className={classes.bar} role="group" aria-label={t("desk.bar.label")}>
          {channels.map((channel) => (
            <BarIcon key={channel} channel={channel} count={countOf(queue, channel)} isOpen={open === channel} onOpen={() => setOpen(channel)} />
          ))}
        </div>
      )}
      <Drawer
        opened={open !== null}
        onClose={() => setOpen(null)}
        position="right"
        size={420}
        title={t(`desk.bar.${open ?? "all"}`)}
        closeButtonProps={{ "aria-label": t("common.close") }}
        classNames={{ body: classes.drawer ?? "" }}
      >
        {open !== null && <Contacts channel={open} onTaken={() => setOpen(null)} />}
      </Drawer>
      {/* A phone hides the top bar in an opened conversation; what rings is seen there too. */}
      <Portal>
        <Offers />
      </Portal>
    </>
  );
}
