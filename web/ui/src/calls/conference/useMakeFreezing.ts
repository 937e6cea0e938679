/** Freezing a picture of the call: it becomes a whiteboard that everybody in the call has before them (BEY-011). */
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { tellProblem, tellRefusal } from "@/base/problems";
import { api } from "@/calls/rest";
import type { Call } from "@/media/call";
import { keyOf } from "@/media/peer/receiving";
import { stillOf, takeStill } from "@/media/still";
import { ApiProblem } from "@/protocol/problem";
import { serverNow } from "@/protocol/serverClock";

import type { Shown } from "./arrangement";
import { useCall } from "./callContext";
import type { Freezing } from "./freezing";

const TRIES = 4;
const PAUSE_MS = 1_000;
const NAME_LENGTH = 80;
/** A picture that is large already is whole by then. */
const ASK_AFTER_MS = 250;

/** What a board is made of: a picture, or by the ask for which it was given to the server. */
type Material = Blob | { askId: string };

/** The same client id makes nothing twice, so a bad line may lose an answer. */
async function send(conferenceId: string, title: string, material: Material): Promise<void> {
  const client = crypto.randomUUID();
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      if (material instanceof Blob) await api.conferences.freeze(conferenceId, client, title, material);
      else await api.conferences.freezeGiven(conferenceId, material.askId, client, title);
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof ApiProblem && error.isTransient)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/**
 * What others' cameras show: as it comes, when that is whole, else as their own page has it; whichever is there first.
 * What comes is taken anyway when nobody gives anything better.
 */
async function find(call: Call, conferenceId: string, { key, participant, source }: Shown): Promise<Material | null> {
  const seen = takeStill(call, key);
  if (source === "screen") return (await seen)?.picture ?? null;
  const early = await Promise.race([seen, new Promise<null>((resolve) => setTimeout(() => resolve(null), ASK_AFTER_MS))]);
  if (early?.whole === true) return early.picture;
  const asked = call.stills.ask(conferenceId, participant.id);
  const given = async (): Promise<Material | null> => {
    const askId = await asked;
    return askId === null ? ((await seen)?.picture ?? null) : { askId };
  };
  const whole = async (): Promise<Material | null> => {
    const still = await seen;
    return still?.whole === true ? still.picture : given();
  };
  return Promise.race([whole(), given()]);
}

/** What the key means: the picture that is large, else of whoever speaks, else of somebody, else one's own. */
function chooseBest(call: Call, pin: string | null): { shown: Shown; own: boolean } | null {
  const { conference, participantId, speakerId } = call.state.get();
  const received = call.received.get();
  const others = (conference?.participants ?? []).filter(({ id }) => id !== participantId);
  const pictures = others.flatMap((participant): Shown[] =>
    (["screen", "camera"] as const)
      .filter((source) => received.has(keyOf(participant.id, source)) && (source === "screen" || participant.video))
      .map((source) => ({ key: keyOf(participant.id, source), participant, source })),
  );
  const best =
    pictures.find(({ key }) => key === pin) ??
    pictures.find(({ source }) => source === "screen") ??
    pictures.find(({ participant }) => participant.id === speakerId) ??
    pictures[0];
  if (best !== undefined) return { shown: best, own: false };
  const self = conference?.participants.find(({ id }) => id === participantId);
  if (self === undefined || call.effects.tracks.camera === null) return null;
  return { shown: { key: keyOf(self.id, "camera"), participant: self, source: "camera" }, own: true };
}

export interface MadeFreezing extends Freezing {
  freezeBest: (pin: string | null) => void;
}

export function useMakeFreezing(): MadeFreezing {
  const { t } = useTranslation();
  const { time } = useFormats();
  const call = useCall();
  const [busy, setBusy] = useState<string | null>(null);
  const freeze = useCallback(
    (shown: Shown, own: boolean) => {
      const { key, participant, source } = shown;
      const conferenceId = call.state.get().conference?.id;
      if (conferenceId === undefined) return;
      const ownTrack = source === "camera" ? call.effects.tracks.camera : call.screen.state.get().track;
      const take = async () => {
        const material = own ? ownTrack && (await stillOf(ownTrack)) : await find(call, conferenceId, shown);
        if (material === null) {
          tellRefusal(t("conference.freeze.noPicture"));
          return;
        }
        const title = t("conference.freeze.title", { name: participant.name.slice(0, NAME_LENGTH), time: time(serverNow()) });
        await send(conferenceId, title, material);
      };
      setBusy(key);
      take()
        .catch(tellProblem)
        .finally(() => setBusy(null));
    },
    [call, t, time],
  );
  const freezeBest = useCallback(
    (pin: string | null) => {
      const best = chooseBest(call, pin);
      if (best === null) tellRefusal(t("conference.freeze.noPicture"));
      else freeze(best.shown, best.own);
    },
    [call, t, freeze],
  );
  return useMemo(() => ({ busy, freeze, freezeBest }), [busy, freeze, freezeBest]);
}
