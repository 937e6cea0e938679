/** Above the messages: what is pinned. The newest one in a line; a press goes there, the arrow shows all. */
import { ActionIcon, CloseButton, Popover } from "@mantine/core";
import { IconChevronDown, IconPinFilled } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { usePins } from "@/conversations/queries";
import { useExcerpt } from "@/conversations/quoted";
import type { Conversation, Message } from "@/protocol/conversations";

import classes from "./PinnedBar.module.css";
import { useThreadActions } from "./threadActions";
import { useMayPin, usePin } from "./usePin";

function PinnedLine({ message, onGo }: { message: Message; onGo: () => void }) {
  const { t } = useTranslation();
  const { goTo } = useThreadActions();
  const excerpt = useExcerpt(message);
  return (
    <button
      type="button"
      className={classes.line}
      aria-label={t("conversations.pin.goTo", { name: message.author.name, text: excerpt })}
      onClick={() => {
        goTo(message.seq);
        onGo();
      }}
    >
      <span className={classes.author}>{message.author.name}</span>
      <span className={classes.excerpt}>{excerpt}</span>
    </button>
  );
}

function PinnedRow({ message, mayPin, onGo }: { message: Message; mayPin: boolean; onGo: () => void }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const pin = usePin(message);
  return (
    <li className={classes.row}>
      <div className="grow">
        <PinnedLine message={message} onGo={onGo} />
        {message.pinned && (
          <span className={classes.by}>{t("conversations.pin.by", { name: message.pinned.by.name, date: dateTime(message.pinned.at_ms) })}</span>
        )}
      </div>
      {mayPin && <CloseButton aria-label={t("conversations.pin.unpin")} disabled={pin.isPending} onClick={() => pin.mutate(false)} />}
    </li>
  );
}

export function PinnedBar({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const pins = usePins(conversation.id).data ?? [];
  const [isOpen, setOpen] = useState(false);
  const mayPin = useMayPin(conversation);
  const newest = pins[0];
  if (newest === undefined) return null;
  return (
    <section className={classes.bar} aria-label={t("conversations.pin.label")}>
      <IconPinFilled size={18} aria-hidden="true" />
      <PinnedLine message={newest} onGo={() => undefined} />
      <Popover opened={isOpen} onChange={setOpen} position="bottom-end" width={380} shadow="md" trapFocus withinPortal>
        <Popover.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={40}
            radius="xl"
            aria-label={t("conversations.pin.all", { count: pins.length })}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {pins.length > 1 ? <span className={classes.count}>{pins.length}</span> : <IconChevronDown size={20} />}
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown className={classes.dropdown ?? ""} aria-label={t("conversations.pin.label")}>
          <ul className={classes.list}>
            {pins.map((message) => (
              <PinnedRow key={message.id} message={message} mayPin={mayPin} onGo={() => setOpen(false)} />
            ))}
          </ul>
        </Popover.Dropdown>
      </Popover>
    </section>
  );
}
