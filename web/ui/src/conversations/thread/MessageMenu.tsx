/** What one may do with a message: react, answer, copy; its author also edit and delete. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconCopy, IconDots, IconMoodPlus, IconMoodSearch, IconPencil, IconPin, IconPinnedOff, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { tellDone } from "@/base/problems";
import { useLive } from "@/base/session";
import type { Message } from "@/protocol/conversations";

import reactionClasses from "./Reactions.module.css";
import classes from "./MessageBubble.module.css";
import { useThreadActions } from "./threadActions";
import { usePin } from "./usePin";
import { useReact } from "./useReact";

const QUICK = ["👍", "❤️", "😂", "🎉", "🙏"];

function QuickReactions({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const actions = useThreadActions();
  const react = useReact(message);
  const own = new Set((message.reactions ?? []).filter((one) => one.people.some((person) => person.id === selfId)).map((one) => one.emoji));
  return (
    <div role="group" aria-label={t("conversations.reaction.label")} className={reactionClasses.quick}>
      {QUICK.map((emoji) => (
        <Menu.Item
          key={emoji}
          className={reactionClasses.quickItem ?? ""}
          data-own={own.has(emoji) || undefined}
          aria-label={t("conversations.reaction.with", { emoji })}
          onClick={() => react.mutate({ emoji, set: !own.has(emoji) })}
        >
          {emoji}
        </Menu.Item>
      ))}
      <Menu.Item className={reactionClasses.quickItem ?? ""} aria-label={t("conversations.reaction.more")} onClick={() => actions.react(message)}>
        <IconMoodPlus size={22} stroke={1.7} />
      </Menu.Item>
    </div>
  );
}

interface MessageMenuProps {
  message: Message;
  isOwn: boolean;
  opened: boolean;
  onChange: (opened: boolean) => void;
}

export function MessageMenu({ message, isOwn, opened, onChange }: MessageMenuProps) {
  const { t } = useTranslation();
  const actions = useThreadActions();
  const pin = usePin(message);
  return (
    <Menu position={isOwn ? "bottom-end" : "bottom-start"} shadow="md" withinPortal opened={opened} onChange={onChange}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} radius="xl" className={classes.actions ?? ""} aria-label={t("conversations.message.actions")}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <QuickReactions message={message} />
        <Menu.Divider />
        <Menu.Item leftSection={<IconArrowBackUp size={17} />} onClick={() => actions.reply(message)}>
          {t("conversations.message.reply")}
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowForwardUp size={17} />} onClick={() => actions.forward(message)}>
          {t("conversations.message.forward")}
        </Menu.Item>
        {actions.mayPin && (
          <Menu.Item leftSection={message.pinned ? <IconPinnedOff size={17} /> : <IconPin size={17} />} onClick={() => pin.mutate(!message.pinned)}>
            {message.pinned ? t("conversations.pin.unpin") : t("conversations.pin.pin")}
          </Menu.Item>
        )}
        {message.text !== "" && (
          <Menu.Item
            leftSection={<IconCopy size={17} />}
            onClick={() => void navigator.clipboard.writeText(message.text).then(() => tellDone(t("conversations.message.copied")))}
          >
            {t("conversations.message.copy")}
          </Menu.Item>
        )}
        {(message.reactions ?? []).length > 0 && (
          <Menu.Item leftSection={<IconMoodSearch size={17} />} onClick={() => actions.showReactions(message)}>
            {t("conversations.reaction.who")}
          </Menu.Item>
        )}
        {isOwn && message.text !== "" && (
          <Menu.Item leftSection={<IconPencil size={17} />} onClick={() => actions.edit(message)}>
            {t("conversations.message.edit")}
          </Menu.Item>
        )}
        {isOwn && (
          <Menu.Item leftSection={<IconTrash size={17} />} color="red" onClick={() => actions.remove(message)}>
            {t("conversations.message.delete")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
