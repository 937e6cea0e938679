/** The grid of people, one's own picture, and what is said while nobody else is there. */
import { ActionIcon, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconCameraRotate } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { isAnnounced, isSending } from "@/media/capture";
import { keyOf } from "@/media/receiving";
import type { Participant } from "@/protocol/types";

import { useCall } from "./callContext";
import classes from "./conference.module.css";
import { layOut, type Box } from "./layout";
import { Tile } from "./Tile";
import { arrangeTiles } from "./tiles";
import { useValue } from "./useValue";
import { TrackVideo, Video } from "./Video";

const GAP_PX = 8;

function place(box: Box | undefined) {
  return box === undefined ? { display: "none" } : { transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height };
}

function OtherTile({ participant, speaking }: { participant: Participant; speaking: boolean }) {
  const call = useCall();
  const key = keyOf(participant.id, "camera");
  const received = useValue(call.received).get(key);
  const paused = useValue(call.paused).get(key);
  return (
    <Tile
      participant={participant}
      own={false}
      audio={participant.audio}
      video={participant.video}
      paused={paused}
      speaking={speaking}
      picture={received && <Video stream={received.stream} testId={`video-${participant.id}`} />}
    />
  );
}

function OwnTile({ participant, speaking }: { participant: Participant; speaking: boolean }) {
  const { t } = useTranslation();
  const call = useCall();
  const microphone = useValue(call.capture.microphone);
  const camera = useValue(call.capture.camera);
  const { lists } = useValue(call.devices.state);
  const { track } = camera;
  const usedId = track?.getSettings().deviceId;
  const facesOut = track?.getSettings().facingMode === "environment";
  const turn = () => {
    const at = lists.camera.findIndex(({ id }) => id === usedId);
    const next = lists.camera[(at + 1) % lists.camera.length];
    if (next !== undefined) void call.chooseDevice("camera", next.id);
  };
  return (
    <Tile
      participant={participant}
      own
      audio={isAnnounced(microphone)}
      video={isSending(camera)}
      speaking={speaking}
      picture={track && <TrackVideo track={track} mirrored={!facesOut} />}
    >
      {isSending(camera) && lists.camera.length > 1 && (
        <ActionIcon className={classes.turn ?? ""} variant="filled" color="dark" radius="xl" size={36} aria-label={t("conference.turnCamera")} onClick={turn}>
          <IconCameraRotate size={20} />
        </ActionIcon>
      )}
    </Tile>
  );
}

/** Before the seat is there one's own tile already shows what the camera gives. */
function standIn(personId: string, name: string, avatarUrl: string | null): Participant {
  return { id: "own", person_id: personId, name, avatar_url: avatarUrl, audio: true, video: true, joined_at_ms: 0, left_at_ms: null };
}

export function Stage({ self }: { self: { id: string; name: string; avatar_url: string | null } }) {
  const { t } = useTranslation();
  const call = useCall();
  const { phase, conference, participantId, speakerId } = useValue(call.state);
  const { ref, width, height } = useElementSize();
  const seated = conference?.participants.some(({ id }) => id === participantId) === true;
  const participants = seated ? conference.participants : [...(conference?.participants ?? []).filter((row) => row.person_id !== self.id), standIn(self.id, self.name, self.avatar_url)];
  const selfId = seated ? participantId : "own";
  const { grid, floating, hidden } = arrangeTiles(participants, selfId, speakerId);
  const boxes = layOut(grid.length + (hidden > 0 ? 1 : 0), width, height, GAP_PX);
  const alone = participants.length === 1;
  const shown = grid.flatMap(({ id }, index) => {
    const box = boxes[index];
    return id === selfId || box === undefined ? [] : [[keyOf(id, "camera"), { width: box.width, height: box.height }] as const];
  });
  const shownText = JSON.stringify(shown);

  useEffect(() => call.watching.show(new Map(JSON.parse(shownText) as typeof shown)), [call, shownText]);

  return (
    <div className={classes.stage}>
      <div ref={ref} className={classes.grid} data-testid="grid">
        {grid.map((participant, index) => (
          <div key={participant.id} className={classes.cell} style={place(boxes[index])}>
            {participant.id === selfId ? (
              <OwnTile participant={participant} speaking={speakerId === participant.id} />
            ) : (
              <OtherTile participant={participant} speaking={speakerId === participant.id} />
            )}
          </div>
        ))}
        {hidden > 0 && (
          <div className={classes.cell} style={place(boxes[grid.length])}>
            <div className={classes.more}>{t("conference.more", { count: hidden })}</div>
          </div>
        )}
      </div>
      {floating !== null && (
        <div className={classes.floating}>
          <OwnTile participant={floating} speaking={speakerId === floating.id} />
        </div>
      )}
      {alone && (
        <div className={classes.waiting} role="status" data-testid="waiting">
          <Text fw={600}>{phase === "joined" ? t("conference.waiting") : t("conference.joining")}</Text>
        </div>
      )}
    </div>
  );
}
