/** Who stands before the door, with the buttons that open it or do not. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { keys } from "@/calls/keys";
import { api, type Lobby } from "@/calls/rest";

import classes from "./lobby.module.css";

export function Knocks({ lobby }: { lobby: Lobby }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const id = lobby.conversation_id;
  const take = (now: Lobby) => cache.setQueryData(keys.lobby(id), now);
  const admit = useMutation({ mutationFn: (guest: string) => api.lobby.admit(id, guest), onSuccess: take, onError: tellProblem });
  const refuse = useMutation({ mutationFn: (guest: string) => api.lobby.putOut(id, guest), onSuccess: take, onError: tellProblem });
  const admitAll = useMutation({ mutationFn: () => api.lobby.admitAll(id), onSuccess: take, onError: tellProblem });
  const busy = admit.isPending || refuse.isPending || admitAll.isPending;
  return (
    <>
      {lobby.items.length > 1 && (
        <div className={classes.doorHead}>
          <span>{t("guest.lobby.count", { count: lobby.items.length })}</span>
          <Button size="compact-md" color="green" disabled={busy} onClick={() => admitAll.mutate()} data-testid="admit-all">
            {t("guest.lobby.admitAll")}
          </Button>
        </div>
      )}
      <ul className={classes.knocks}>
        {lobby.items.map((guest) => {
          const name = t("guest.named", { name: guest.name });
          return (
            <li key={guest.id} className={classes.knock} data-testid="knock">
              <span className={classes.who}>
                {t("guest.lobby.asks", { name })}
                {guest.label !== "" && <span className={classes.by}>{t("guest.lobby.by", { label: guest.label })}</span>}
              </span>
              <Button
                size="compact-md"
                variant="default"
                disabled={busy}
                aria-label={t("guest.lobby.refuseName", { name })}
                onClick={() => refuse.mutate(guest.id)}
                data-testid="refuse"
              >
                {t("guest.lobby.refuse")}
              </Button>
              <Button
                size="compact-md"
                color="green"
                disabled={busy}
                aria-label={t("guest.lobby.admitName", { name })}
                onClick={() => admit.mutate(guest.id)}
                data-testid="admit"
              >
                {t("guest.lobby.admit")}
              </Button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
