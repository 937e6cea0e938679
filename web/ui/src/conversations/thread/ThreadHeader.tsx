/** Above the messages: whose conversation it is, the camera, help and details (CONF-010, CONF-011). */
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconHelp, IconLayoutSidebarRight, IconSearch, IconVideo } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { PaneHeader } from "@/base/parts/PaneHeader";
import { useLive } from "@/base/session";
import { ConversationIcon } from "@/conversations/list/Tile";
import { usePresence } from "@/conversations/queries";
import { activeMembers, otherMember, titleOf } from "@/conversations/titles";
import { openConference } from "@/conversations/windows";
import type { Conversation } from "@/protocol/conversations";

import classes from "./ThreadHeader.module.css";

function useSubtitle(conversation: Conversation): string {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const online = usePresence();
  const members = activeMembers(conversation);
  if (conversation.kind === "notes") return t("conversations.notesText");
  if (conversation.kind === "direct") {
    const other = otherMember(conversation, selfId);
    if (other === undefined) return "";
    return online.has(other.person_id) ? t("conversations.online") : t("conversations.offline");
  }
  const present = members.filter((member) => online.has(member.person_id)).length;
  const people = t("conversations.members", { count: members.length });
  const counts = t("conversations.membersOnline", { people, present });
  return conversation.case === null ? counts : `${conversation.case.number} · ${counts}`;
}

interface HeaderProps {
  conversation: Conversation;
  isDetailsOpen: boolean;
  onToggleDetails: () => void;
  onSearch: () => void;
}

export function ThreadHeader({ conversation, isDetailsOpen, onToggleDetails, onSearch }: HeaderProps) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const online = usePresence();
  const subtitle = useSubtitle(conversation);
  return (
    <PaneHeader
      back={{ to: "/conferencing", label: t("conversations.back") }}
      picture={<ConversationIcon conversation={conversation} online={online} size={40} />}
      title={titleOf(conversation, selfId)}
      subtitle={subtitle}
    >
      {conversation.kind !== "notes" && (
        <Tooltip label={t("conversations.call.start")}>
          <ActionIcon size={44} radius="xl" aria-label={t("conversations.call.start")} onClick={() => openConference(conversation.id)}>
            <IconVideo size={23} />
          </ActionIcon>
        </Tooltip>
      )}
      <Tooltip label={t("conversations.search.within")}>
        <ActionIcon variant="subtle" color="gray" size={44} radius="xl" aria-label={t("conversations.search.within")} aria-keyshortcuts="Control+F" onClick={onSearch}>
          <IconSearch size={22} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("conversations.help")}>
        <ActionIcon
          component={Link}
          to="/help/conference"
          target="_blank"
          variant="subtle"
          color="gray"
          size={44}
          radius="xl"
          className={classes.help ?? ""}
          aria-label={t("conversations.help")}
        >
          <IconHelp size={23} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("conversations.details.label")}>
        <ActionIcon
          variant={isDetailsOpen ? "light" : "subtle"}
          color={isDetailsOpen ? "violet" : "gray"}
          size={44}
          radius="xl"
          aria-label={t("conversations.details.label")}
          aria-expanded={isDetailsOpen}
          onClick={onToggleDetails}
        >
          <IconLayoutSidebarRight size={23} />
        </ActionIcon>
      </Tooltip>
    </PaneHeader>
  );
}

/** A conference runs in this conversation: who is in it, and the way in. */
export function RunningCall({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const call = conversation.conference;
  if (call === null) return null;
  const names = call.participants.map((participant) => participant.name).join(", ");
  return (
    <div className={classes.running} role="status">
      <IconVideo size={20} aria-hidden="true" />
      <span className={classes.runningText}>
        {names === "" ? t("conversations.call.starting") : t("conversations.call.runningWith", { names })}
      </span>
      <Button size="compact-md" color="green" onClick={() => openConference(conversation.id)}>
        {t("conversations.call.join")}
      </Button>
    </div>
  );
}
