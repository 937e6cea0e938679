/** The people and their screens: all alike, or some large with a strip beside; pages when there are many. */
import { ActionIcon, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { arrange, type Shown } from "@/calls/conference/arrangement";
import { useCall } from "@/calls/conference/callContext";
import { useViewing } from "@/calls/conference/view";
import type { Size } from "@/media/watching";
import type { Participant } from "@/protocol/conferences";

import { Floating } from "./Floating";
import { countTiles, divide, layOut, layOutStrip, type Box } from "./layout";
import { Reactions } from "./Reactions";
import classes from "./Stage.module.css";
import { OwnTile, StagePicture } from "./Tiles";

const GAP_PX = 8;

function place(box: Box | undefined) {
  return box === undefined ? { display: "none" } : { transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height };
}

/** Before the seat is there one's own tile already shows what the camera gives. */
function standIn(personId: string, name: string, avatarUrl: string | null): Participant {
  return { id: "own", person_id: personId, name, avatar_url: avatarUrl, guest: false, audio: true, video: true, joined_at_ms: 0, left_at_ms: null, hand_raised_at_ms: null, muted_by: null };
}

/** Who of the others spoke last: a large picture stays with them while nobody speaks, or oneself does. */
function useLastSpeaker(selfId: string | null): string | null {
  const { speakerId } = useValue(useCall().state);
  const [last, setLast] = useState<string | null>(null);
  if (speakerId !== null && speakerId !== selfId && speakerId !== last) setLast(speakerId);
  return last;
}

function useScreens(selfId: string | null): ReadonlySet<string> {
  const call = useCall();
  const received = useValue(call.received);
  const own = useValue(call.screen.state).track !== null;
  return useMemo(() => {
    const seats = [...received.values()].filter(({ source }) => source === "screen").map(({ participantId }) => participantId);
    return new Set(own && selfId !== null ? [...seats, selfId] : seats);
  }, [received, own, selfId]);
}

interface PagesProps {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}

function Pages({ page, pages, onPage }: PagesProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.pages} role="group" aria-label={t("conference.pages.label")} data-testid="pages">
      <ActionIcon variant="filled" color="dark" radius="xl" size={36} disabled={page === 0} aria-label={t("conference.pages.before")} onClick={() => onPage(page - 1)} data-testid="page-before">
        <IconChevronLeft size={20} />
      </ActionIcon>
      <span className={classes.pageNumber} aria-live="polite">
        {t("conference.pages.at", { page: page + 1, pages })}
      </span>
      <ActionIcon variant="filled" color="dark" radius="xl" size={36} disabled={page === pages - 1} aria-label={t("conference.pages.next")} onClick={() => onPage(page + 1)} data-testid="page-next">
        <IconChevronRight size={20} />
      </ActionIcon>
    </div>
  );
}

/** beside  something else is large, and the people have what room it leaves */
export function Stage({ self, beside = false }: { self: { id: string; name: string; avatar_url: string | null }; beside?: boolean }) {
  const { t } = useTranslation();
  const call = useCall();
  const viewing = useViewing();
  const { layout, pin, page: wanted } = useValue(viewing);
  const { phase, conference, participantId, speakerId } = useValue(call.state);
  const { ref, width, height } = useElementSize();
  const seated = conference?.participants.some(({ id }) => id === participantId) === true;
  const participants = seated ? conference.participants : [...(conference?.participants ?? []).filter((row) => row.person_id !== self.id), standIn(self.id, self.name, self.avatar_url)];
  const selfId = seated ? participantId : "own";
  const screens = useScreens(selfId);
  const lastSpeakerId = useLastSpeaker(selfId);
  const areas = divide(width, height, GAP_PX);
  const capacity = (large: number) => (large > 0 ? areas.capacity : countTiles(width, height, GAP_PX));
  const { large, rest, page, pages, floating } = arrange({ participants, screens, selfId, speakerId: lastSpeakerId, layout, pin, capacity, page: wanted });
  const largeBoxes = large.length === 1 ? [areas.large] : layOut(large.length, areas.large.width, areas.large.height, GAP_PX);
  const boxes = large.length > 0 ? layOutStrip(rest.length, areas, GAP_PX) : layOut(rest.length, width, height, GAP_PX);
  const alone = participants.length === 1;

  const tiles = new Map<string, Size & { pinned: boolean }>();
  const note = (list: readonly Shown[], at: readonly Box[]) => {
    for (const [index, { key, participant }] of list.entries()) {
      const box = at[index];
      if (participant.id !== selfId && box !== undefined) tiles.set(key, { width: box.width, height: box.height, pinned: key === pin });
    }
  };
  note(rest, boxes);
  note(large, largeBoxes);
  const shownText = JSON.stringify([...tiles]);
  useEffect(() => call.watching.show(new Map(JSON.parse(shownText) as [string, Size & { pinned: boolean }][])), [call, shownText]);

  const speaks = ({ source, participant }: Shown) => source === "camera" && speakerId === participant.id;
  const unseen = speakerId === null || speakerId === selfId || [...tiles.keys()].some((key) => key.startsWith(`${speakerId} `)) ? undefined : participants.find(({ id }) => id === speakerId);
  return (
    <div className={classes.stage} data-testid="stage" data-beside={beside} data-layout={large.length > 0 ? "large" : "grid"}>
      <div ref={ref} className={classes.grid} data-testid="grid">
        {large.map((shown, index) => (
          <div key={`large ${shown.key}`} className={classes.cell} style={place(largeBoxes[index])} data-testid="large">
            <StagePicture shown={shown} own={shown.participant.id === selfId} speaking={speaks(shown)} large />
          </div>
        ))}
        {rest.map((shown, index) => (
          <div key={shown.key} className={classes.cell} style={place(boxes[index])} data-testid="cell">
            <StagePicture shown={shown} own={shown.participant.id === selfId} speaking={speaks(shown)} large={false} />
          </div>
        ))}
      </div>
      {floating !== null && !beside && (
        <div className={classes.floatArea} style={large.length > 0 ? place(areas.large) : { width, height }}>
          <Floating>
            <OwnTile participant={floating} speaking={speakerId === floating.id} />
          </Floating>
        </div>
      )}
      <Reactions />
      {pages > 1 && <Pages page={page} pages={pages} onPage={(next) => viewing.change((view) => ({ ...view, page: next }))} />}
      {unseen !== undefined && <div className={classes.unseen}>{t("conference.speaks", { name: unseen.name })}</div>}
      {alone && (
        <div className={classes.waiting} role="status" data-testid="waiting">
          <Text fw={600}>{phase === "joined" ? t("conference.waiting") : t("conference.joining")}</Text>
        </div>
      )}
    </div>
  );
}
