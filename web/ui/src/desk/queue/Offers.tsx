/** The incoming bar: contacts that ring, on whatever page the agent is, until the server's deadline (CC-067..076). */
import { ActionIcon, Button, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconClock, IconEyeOff, IconMapPin, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration, useFormats } from "@/base/formats";
import { useLive } from "@/base/session";
import { useServerNow } from "@/base/useServerNow";
import { useRingSound } from "@/calls/ringing/ringing";
import { describePage, nameOf } from "@/desk/describing";
import { keys } from "@/desk/keys";
import { useIgnore, useQueue, useVisitAct } from "@/desk/queries";
import { api, type Named, type Offer, type OfferEnd } from "@/desk/rest";
import { notify } from "@/notifications/desktop";
import { unlockSound } from "@/notifications/sound";
import { secondsLeft } from "@/protocol/serverClock";

import { useAnswer, usePreparedCall } from "./answering";
import { MediumIcon, kindOf } from "./MediumIcon";
import classes from "./Offers.module.css";

const SAID_MS = 6_000;

interface Ended {
  visit_id: string;
  reason: OfferEnd;
  winner?: Named | null;
}

/** An offer that ends without the agent's doing is said: who answered, or that it went on. */
function useEndings(): void {
  const { t } = useTranslation();
  const live = useLive();
  const { data } = useQueue();
  const say = useEffectEvent((ended: Ended) => {
    const offer = data?.offers.find((one) => one.visit.id === ended.visit_id);
    const name = offer === undefined ? t("desk.unknown") : nameOf(offer.visit.visitor);
    let message: string | null = null;
    if (ended.reason === "accepted") message = ended.winner == null || ended.winner.id === live.selfId ? null : t("desk.ended.taken", { name, winner: ended.winner.name });
    else if (ended.reason === "expired") message = t("desk.ended.expired", { name });
    else if (ended.reason === "withdrawn") message = t("desk.ended.withdrawn", { name });
    if (message !== null) notifications.show({ id: `offer ${ended.visit_id}`, color: "gray", message, autoClose: SAID_MS, withBorder: true });
  });
  useEffect(
    () =>
      live.socket.onAny((name, payload) => {
        if (name === "offer:ended") say(payload as Ended);
      }),
    [live],
  );
}

/** The last thing the visitor wrote, before one answers. */
function Excerpt({ visitId, version }: { visitId: string; version: number }) {
  const { data } = useQuery({ queryKey: [...keys.visitPreview(visitId), version], queryFn: () => api.messages(visitId) });
  const last = data?.items.findLast((message) => message.author.kind === "visitor" && message.text !== "");
  return last === undefined ? null : <p className={classes.excerpt}>{last.text}</p>;
}

function OfferCard({ offer, isFirst }: { offer: Offer; isFirst: boolean }) {
  const { t } = useTranslation();
  // What is asked for, which is more than a chat when the visitor of one calls.
  const visit = { ...offer.visit, medium: offer.medium };
  const now_ms = useServerNow();
  const { time } = useFormats();
  const { answer, isPending: isAnswering } = useAnswer();
  const ignore = useIgnore();
  const decline = useVisitAct(api.decline);
  const left_s = secondsLeft(offer.deadline_at_ms, now_ms);
  const share = Math.max(0, Math.min(1, (offer.deadline_at_ms - now_ms) / (offer.deadline_at_ms - offer.made_at_ms)));
  const name = nameOf(visit.visitor);
  const page = describePage(visit.page_url, visit.page_title);
  const isBusy = isAnswering || ignore.isPending || decline.isPending;
  usePreparedCall(visit);
  useEffect(() => unlockSound(), []);

  const show = useEffectEvent(() =>
    notify(`visit ${visit.id}`, t(`desk.offer.title.${visit.medium}`, { name }), page, `/desk/${visit.id}`, () => answer(visit)),
  );
  useEffect(() => show(), []);
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "F8" || event.ctrlKey || event.altKey || event.metaKey || isBusy) return;
    event.preventDefault();
    if (event.shiftKey) ignore.mutate(visit.id);
    else answer(visit);
  });
  useEffect(() => {
    if (!isFirst) return;
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, [isFirst]);

  return (
    <div className={classes.offer} role="alertdialog" aria-label={t(`desk.offer.title.${visit.medium}`, { name })} data-testid="offer">
      <div className={classes.offerLine}>
        <MediumIcon kind={kindOf(visit)} size={48} />
        <div className="grow">
          <Text fw={680} truncate>
            {name}
          </Text>
          <div className={classes.offerSub}>
            <span className={classes.fact}>{visit.project_name}</span>
            <span className={classes.fact} data-page>
              <IconMapPin size={15} aria-hidden="true" />
              <span>{page}</span>
            </span>
            <span className={classes.fact}>
              <IconClock size={15} aria-hidden="true" />
              {t("desk.offer.waits", { duration: formatDuration(now_ms - visit.asked_at_ms) })}
            </span>
          </div>
        </div>
      </div>
      {visit.transferred && visit.agent !== null && <p className={classes.excerpt}>{t("desk.offer.handed", { name: visit.agent.name })}</p>}
      <Excerpt visitId={visit.id} version={visit.version} />
      <p className={classes.offerPlace}>
        {t("desk.offer.place", { page: describePage(visit.visitor.page_url || visit.page_url, visit.visitor.page_title), time: time(visit.visitor.page_at_ms || visit.asked_at_ms) })}
      </p>
      <div className={classes.offerButtons}>
        <Tooltip label={t("desk.offer.declineText")}>
          <ActionIcon size={42} radius="xl" variant="transparent" className={classes.onDark ?? ""} aria-label={t("desk.offer.decline")} disabled={isBusy} onClick={() => decline.mutate(visit.id)}>
            <IconX size={22} />
          </ActionIcon>
        </Tooltip>
        <Button
          variant="transparent"
          radius="xl"
          className={classes.onDark ?? ""}
          leftSection={<IconEyeOff size={18} />}
          aria-keyshortcuts={isFirst ? "Shift+F8" : undefined}
          disabled={isBusy}
          onClick={() => ignore.mutate(visit.id)}
        >
          {t("desk.offer.ignore")}
        </Button>
        <Button
          size="md"
          radius="xl"
          color="green"
          className={classes.answer ?? ""}
          loading={isAnswering}
          disabled={isBusy}
          aria-keyshortcuts={isFirst ? "F8" : undefined}
          title={isFirst ? t("desk.offer.key") : undefined}
          onClick={() => answer(visit)}
        >
          {t("desk.offer.answer", { seconds: left_s })}
        </Button>
      </div>
      <span className={classes.fuse} aria-hidden="true" style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}

function Sound() {
  useRingSound(false);
  return null;
}

export function Offers() {
  const { data } = useQueue();
  useEndings();
  const offers = data?.offers ?? [];
  return (
    <div className={classes.offers} aria-live="assertive">
      {offers.map((offer, index) => (
        <OfferCard key={offer.id} offer={offer} isFirst={index === 0} />
      ))}
      {offers.length > 0 && <Sound />}
    </div>
  );
}
