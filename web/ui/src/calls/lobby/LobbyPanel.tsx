/** In the call's window: guests who wait to be let in, with a knock for each who comes. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/calls/keys";
import { api } from "@/calls/rest";
import { playKnock, unlockSound } from "@/notifications/sound";

import { Knocks } from "./Knocks";
import classes from "./lobby.module.css";

export function LobbyPanel({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { data: lobby } = useQuery({ queryKey: keys.lobby(conversationId), queryFn: () => api.lobby.read(conversationId), staleTime: 0 });
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => unlockSound(), []);
  useEffect(() => {
    const ids = new Set(lobby?.items.map(({ id }) => id));
    const fresh = [...ids].some((id) => !known.current.has(id));
    known.current = ids;
    if (fresh) playKnock();
  }, [lobby]);
  return (
    <div className={classes.atCall ?? ""} role="region" aria-live="assertive" aria-label={t("guest.lobby.title")}>
      {lobby !== undefined && lobby.items.length > 0 && (
        <div className={`${classes.door ?? ""} ${classes.inCall ?? ""}`} data-testid="lobby">
          <Knocks lobby={lobby} />
        </div>
      )}
    </div>
  );
}
