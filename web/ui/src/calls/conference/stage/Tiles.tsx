/** The pictures of the stage: somebody else, oneself, a screen. */
import { ActionIcon } from "@mantine/core";
import { IconCameraRotate, IconPhotoEdit, IconPin, IconPinnedOff, IconScreenShare } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import type { Shown } from "@/calls/conference/arrangement";
import { useCall } from "@/calls/conference/callContext";
import { useFreezing } from "@/calls/conference/freezing";
import { togglePin, useViewing } from "@/calls/conference/view";
import { isAnnounced, isSending } from "@/media/capture/capture";
import { keyOf } from "@/media/peer/receiving";
import type { Participant } from "@/protocol/conferences";

import { PointButton, PointerLayer } from "./Pointers";
import classes from "./tiles.module.css";
import { Tile } from "./Tile";
import { Torch } from "./Torch";
import { TrackVideo, Video } from "./Video";

interface PictureProps {
  participant: Participant;
  speaking: boolean;
}

function PinButton({ shown: { key, participant } }: { shown: Shown }) {
  const { t } = useTranslation();
  const viewing = useViewing();
  const pinned = useValue(viewing).pin === key;
  const words = { name: participant.name };
  return (
    <ActionIcon
      className={classes.pin ?? ""}
      data-pinned={pinned}
      variant="filled"
      color="dark"
      radius="xl"
      size={34}
      aria-label={pinned ? t("conference.pin.off", words) : t("conference.pin.on", words)}
      aria-pressed={pinned}
      onClick={() => togglePin(viewing, key)}
      data-testid={`pin-${key.replace(" ", "-")}`}
    >
      {pinned ? <IconPinnedOff size={18} /> : <IconPin size={18} />}
    </ActionIcon>
  );
}

function FreezeButton({ shown, own }: { shown: Shown; own: boolean }) {
  const { t } = useTranslation();
  const freezing = useFreezing();
  if (freezing === null) return null;
  return (
    <ActionIcon
      className={classes.freeze ?? ""}
      variant="filled"
      color="dark"
      radius="xl"
      size={34}
      loading={freezing.busy === shown.key}
      disabled={freezing.busy !== null}
      aria-label={own ? t("conference.freeze.own") : t("conference.freeze.of", { name: shown.participant.name })}
      onClick={() => freezing.freeze(shown, own)}
      data-testid={`freeze-${shown.key.replace(" ", "-")}`}
    >
      <IconPhotoEdit size={19} />
    </ActionIcon>
  );
}

/** What one does with a picture that is there. */
function PictureButtons({ shown, own }: { shown: Shown; own: boolean }) {
  const mayFreeze = useFreezing() !== null;
  return (
    <>
      <PointButton shown={shown} className={(mayFreeze ? classes.point : classes.freeze) ?? ""} />
      <FreezeButton shown={shown} own={own} />
    </>
  );
}

function OtherTile({ participant, speaking, large }: PictureProps & { large: boolean }) {
  const call = useCall();
  const key = keyOf(participant.id, "camera");
  const shown: Shown = { key, participant, source: "camera" };
  const received = useValue(call.received).get(key);
  const paused = useValue(call.paused).get(key);
  const { on: spared } = useValue(call.sparing.state);
  return (
    <Tile
      participant={participant}
      own={false}
      audio={participant.audio}
      video={participant.video}
      paused={paused}
      speaking={speaking}
      testId={large ? `large-${participant.id}` : undefined}
      picture={
        !spared &&
        received && (
          <>
            <Video stream={received.stream} testId={`${large ? "large-video" : "video"}-${participant.id}`} />
            <PointerLayer shown={shown} />
          </>
        )
      }
    >
      {participant.video && received !== undefined && paused === undefined && <PictureButtons shown={shown} own={false} />}
      <PinButton shown={shown} />
    </Tile>
  );
}

export function OwnTile({ participant, speaking, large = false }: PictureProps & { large?: boolean }) {
  const { t } = useTranslation();
  const call = useCall();
  const microphone = useValue(call.capture.microphone);
  const camera = useValue(call.capture.camera);
  const { lists } = useValue(call.devices.state);
  const shown = useValue(call.effects.blur.sent);
  const own: Shown = { key: keyOf(participant.id, "camera"), participant, source: "camera" };
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
      testId={large ? `large-${participant.id}` : undefined}
      picture={
        shown && (
          <>
            <TrackVideo track={shown} mirrored={!facesOut} testId={large ? "own-video-large" : "own-video"} />
            <PointerLayer shown={own} mirrored={!facesOut} />
          </>
        )
      }
    >
      {isSending(camera) && lists.camera.length > 1 && (
        <ActionIcon className={classes.turn ?? ""} variant="filled" color="dark" radius="xl" size={36} aria-label={t("conference.turnCamera")} onClick={turn}>
          <IconCameraRotate size={20} />
        </ActionIcon>
      )}
      {track !== null && isSending(camera) && <PictureButtons shown={own} own />}
      {track !== null && isSending(camera) && <Torch key={track.id} track={track} />}
    </Tile>
  );
}

function ScreenTile({ shown, own }: { shown: Shown; own: boolean }) {
  const { t } = useTranslation();
  const call = useCall();
  const { participant, key } = shown;
  const received = useValue(call.received).get(key);
  const paused = useValue(call.paused).get(key);
  const { track } = useValue(call.screen.state);
  const { on: spared } = useValue(call.sparing.state);
  const label = own ? t("conference.screen.own") : t("conference.screen.of", { name: participant.name });
  return (
    <div className={classes.screen} role="group" aria-label={label} data-testid={`screen-${participant.id}`} data-own={own} data-paused={paused !== undefined}>
      {own && track !== null && <TrackVideo track={track} mirrored={false} whole testId="own-screen" />}
      {!own && !spared && received !== undefined && paused === undefined && <Video stream={received.stream} whole testId={`screen-video-${participant.id}`} />}
      <PointerLayer shown={shown} whole />
      {!own && (spared || paused !== undefined) && <span className={classes.heldScreen}>{spared ? t("conference.thrift.screen") : t(`conference.tile.paused.${paused ?? "line"}`)}</span>}
      <span className={classes.screenLabel} aria-hidden="true">
        <IconScreenShare size={16} />
        <span className={classes.screenName}>{label}</span>
      </span>
      {(own || (received !== undefined && paused === undefined)) && <PictureButtons shown={shown} own={own} />}
      <PinButton shown={shown} />
    </div>
  );
}

/** large  it is shown large, beside its place among the others */
export function StagePicture({ shown, own, speaking, large }: { shown: Shown; own: boolean; speaking: boolean; large: boolean }) {
  if (shown.source === "screen") return <ScreenTile shown={shown} own={own} />;
  const { participant } = shown;
  return own ? <OwnTile participant={participant} speaking={speaking} large={large} /> : <OtherTile participant={participant} speaking={speaking} large={large} />;
}
