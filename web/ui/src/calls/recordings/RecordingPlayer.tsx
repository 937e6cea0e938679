/** Every track of a recording at once: all sound, the pictures one chooses, one slider, and each track to save. */
import { ActionIcon, Badge, Button, Chip, Group, Loader, Modal, NativeSelect, Slider, Text } from "@mantine/core";
import { IconDownload, IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { describeProblem, tellProblem } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { filesOfMessage, linkTo, saveFile } from "@/files/files";
import type { Message } from "@/protocol/conversations";

import { Conductor } from "./conductor";
import { placeIn, type RecordedTrack, type Recording, showsPicture } from "./recording";
import { formatPosition } from "./RecordingCard";
import classes from "./recordings.module.css";

const RATES = ["0.5", "1", "1.25", "1.5", "2"];

interface TrackProps {
  conductor: Conductor;
  track: RecordedTrack;
  conversationId: string;
  label: string;
}

/** One element; its link is made anew when it has run out. */
function TrackElement({ conductor, track, conversationId, label }: TrackProps) {
  const { t } = useTranslation();
  const element = useRef<HTMLVideoElement>(null);
  const tries = useRef(0);
  const [problem, setProblem] = useState<string | null>(null);
  const [source, setSource] = useState<string | null>(null);
  useEffect(() => {
    linkTo(conversationId, track.file_id).then(setSource, (error: unknown) => setProblem(describeProblem(error)));
  }, [conversationId, track.file_id]);
  useEffect(() => {
    const media = element.current;
    // One that cannot be played leaves, so that the others do not wait for it.
    return media === null || source === null || problem !== null ? undefined : conductor.add(track, media);
  }, [conductor, track, source, problem]);
  const again = () => {
    tries.current += 1;
    if (tries.current > 3) setProblem(t("recordings.unplayable"));
    else linkTo(conversationId, track.file_id).then(setSource, (error: unknown) => setProblem(describeProblem(error)));
  };
  if (problem !== null) return <Text size="sm" c="orange" role="alert">{`${label}: ${problem}`}</Text>;
  return (
    <video
      ref={element}
      src={source ?? undefined}
      className={track.kind === "video" ? classes.video : classes.sound}
      preload="auto"
      playsInline
      muted={track.kind === "video"}
      aria-label={label}
      data-testid={`recorded-${track.source}`}
      data-start-s={track.start_ms / 1000}
      onError={source === null ? undefined : again}
      onPlaying={() => {
        tries.current = 0;
      }}
    />
  );
}

/** Where in the recording each person has a microphone, so that one finds them. */
function Lane({ tracks, durationS, positionS, onSeek, label }: { tracks: RecordedTrack[]; durationS: number; positionS: number; onSeek: (to: number) => void; label: string }) {
  const here = tracks.some((track) => placeIn(track, positionS) !== null);
  return (
    <div className={classes.lane} data-here={here}>
      <span className={classes.laneName}>{label}</span>
      <span className={classes.laneBar} aria-hidden="true">
        {tracks.map((track) => (
          <button
            key={track.file_id}
            type="button"
            tabIndex={-1}
            onClick={() => onSeek(track.start_ms / 1000)}
            style={{ left: `${track.start_ms / durationS / 10}%`, width: `${(track.end_ms - track.start_ms) / durationS / 10}%` }}
          />
        ))}
        <i style={{ left: `${(positionS / durationS) * 100}%` }} />
      </span>
    </div>
  );
}

export function RecordingPlayer({ message, recording, onClose }: { message: Message; recording: Recording; onClose: () => void }) {
  const { t } = useTranslation();
  const durationS = Math.max(0.1, recording.duration_ms / 1000);
  const [conductor] = useState(() => new Conductor(durationS));
  const { positionS, isPlaying, isHeld, rate } = useValue(conductor.state);
  const pictures = recording.tracks.filter(({ kind }) => kind === "video");
  const sounds = recording.tracks.filter(({ kind }) => kind === "audio");
  const [chosen, setChosen] = useState<string[]>(() => pictures.slice(0, 4).map(({ file_id }) => file_id));
  useEffect(() => {
    conductor.start();
    return () => conductor.stop();
  }, [conductor]);
  // A visitor of a website need not have said a name.
  const nameOf = ({ name, guest }: Pick<RecordedTrack, "name" | "guest">) => (name === "" ? t("desk.unknown") : guest ? t("guest.named", { name }) : name);
  // locale-keys: recordings.source.*
  const labelOf = (track: RecordedTrack) => t("recordings.track", { name: nameOf(track), source: t(`recordings.source.${track.source}`) });
  const files = filesOfMessage(message);
  const people = [...new Map(sounds.map((track) => [track.participant_id, track])).values()];
  return (
    <Modal opened onClose={onClose} fullScreen title={t("recordings.player")} closeButtonProps={{ "aria-label": t("recordings.close") }}>
      <div className={classes.player} data-testid="recording-player">
        <div className={classes.pictures} data-count={chosen.length}>
          {pictures
            .filter(({ file_id }) => chosen.includes(file_id))
            .map((track) => (
              <figure key={track.file_id} className={classes.picture} data-here={showsPicture(track, positionS)}>
                <TrackElement conductor={conductor} track={track} conversationId={message.conversation_id} label={labelOf(track)} />
                <figcaption>{labelOf(track)}</figcaption>
              </figure>
            ))}
          {chosen.length === 0 && <Text c="dimmed">{t("recordings.noPictures")}</Text>}
        </div>
        {sounds.map((track) => (
          <TrackElement key={track.file_id} conductor={conductor} track={track} conversationId={message.conversation_id} label={labelOf(track)} />
        ))}
        <div className={classes.controls}>
          <ActionIcon
            size={44}
            radius="xl"
            variant="filled"
            aria-label={t(isPlaying ? "recordings.pause" : "recordings.play")}
            onClick={() => (isPlaying ? conductor.pause() : conductor.play())}
            data-testid="recording-toggle"
          >
            {isHeld ? <Loader size={18} color="white" /> : isPlaying ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
          </ActionIcon>
          <Slider
            className={classes.slider ?? ""}
            min={0}
            max={durationS}
            step={0.1}
            value={positionS}
            label={formatPosition}
            thumbLabel={t("recordings.position")}
            onChange={(to) => conductor.seek(to)}
          />
          <Text size="sm" className={classes.clock ?? ""} data-testid="recording-position">
            {formatPosition(positionS)} / {formatPosition(durationS)}
          </Text>
          <NativeSelect
            aria-label={t("recordings.rate")}
            value={String(rate)}
            onChange={(event) => conductor.setRate(Number(event.currentTarget.value))}
            data={RATES.map((one) => ({ value: one, label: `${one}×` }))}
          />
        </div>
        {pictures.length > 0 && (
          <Chip.Group multiple value={chosen} onChange={setChosen}>
            <Group gap="xs" aria-label={t("recordings.pictures")}>
              {pictures.map((track) => (
                <Chip key={track.file_id} value={track.file_id} size="sm">
                  {labelOf(track)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        )}
        <section aria-label={t("recordings.people")}>
          {people.map((person) => (
            <Lane
              key={person.participant_id}
              tracks={sounds.filter(({ participant_id }) => participant_id === person.participant_id)}
              durationS={durationS}
              positionS={positionS}
              onSeek={(to) => conductor.seek(to)}
              label={nameOf(person)}
            />
          ))}
        </section>
        <section>
          <Text fw={650} mb={4}>
            {t("recordings.tracks")} <Badge variant="light">{recording.tracks.length}</Badge>
          </Text>
          <Group gap="xs">
            {recording.tracks.map((track) => {
              const file = files.find(({ id }) => id === track.file_id);
              return (
                file && (
                  <Button key={file.id} size="compact-sm" variant="default" leftSection={<IconDownload size={16} />} onClick={() => void saveFile(message.conversation_id, file).catch(tellProblem)} data-testid="save-track">
                    {labelOf(track)}
                  </Button>
                )
              );
            })}
          </Group>
        </section>
      </div>
    </Modal>
  );
}
