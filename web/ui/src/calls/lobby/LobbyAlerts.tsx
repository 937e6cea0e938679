/** On any page: somebody waits before the door of a call, whether it runs yet or not. */
import { Button, CloseButton } from "@mantine/core";
import { IconVideo } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFeed, useLive } from "@/base/session";
import { useValue } from "@/base/useValue";
import { CallsFeed } from "@/calls/feed";
import type { Lobby } from "@/calls/rest";
import { useConversation } from "@/conversations/queries";
import { titleOf } from "@/conversations/titles";
import { openConference } from "@/conversations/windows";
import { notify } from "@/notifications/desktop";
import { playKnock } from "@/notifications/sound";

import classes from "./lobby.module.css";

function DoorCard({ lobby, onDismiss }: { lobby: Lobby; onDismiss: () => void }) {
  const { t } = useTranslation();
  const { selfId } = useLive();
  const { data: conversation } = useConversation(lobby.conversation_id);
  const names = lobby.items.map(({ name }) => t("guest.named", { name })).join(", ");
  const text = t("guest.lobby.asks", { name: names });
  const title = conversation === undefined ? "" : titleOf(conversation, selfId);
  const open = () => {
    onDismiss();
    openConference(lobby.conversation_id);
  };
  const tell = useEffectEvent(() => {
    playKnock();
    notify(`lobby ${lobby.conversation_id}`, text, title, `/conferencing/${lobby.conversation_id}`, open);
  });
  useEffect(() => tell(), []);
  return (
    <div className={classes.door} role="alert" data-testid="door-alert">
      <div className={classes.doorHead}>
        <span className={classes.who}>
          {text}
          {title !== "" && <span className={classes.by}>{t("guest.lobby.doorOf", { title })}</span>}
        </span>
        <CloseButton variant="transparent" c="white" aria-label={t("guest.lobby.dismiss")} onClick={onDismiss} />
      </div>
      <Button color="green" leftSection={<IconVideo size={20} />} onClick={open}>
        {t("guest.lobby.open")}
      </Button>
    </div>
  );
}

export function LobbyAlerts() {
  const { lobbies } = useFeed(CallsFeed);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const fresh = useValue(lobbies).flatMap((lobby) => {
    const items = lobby.items.filter(({ id, asked_at_ms }) => !dismissed.has(`${id} ${asked_at_ms}`));
    return items.length === 0 ? [] : [{ ...lobby, items }];
  });
  return (
    <div className={classes.alerts}>
      {fresh.map((lobby) => (
        <DoorCard
          key={lobby.items.map(({ id }) => id).join()}
          lobby={lobby}
          onDismiss={() => setDismissed((old) => new Set([...old, ...lobby.items.map(({ id, asked_at_ms }) => `${id} ${asked_at_ms}`)]))}
        />
      ))}
    </div>
  );
}
