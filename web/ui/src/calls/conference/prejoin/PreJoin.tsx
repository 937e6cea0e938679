/** Before a call: camera, microphone and speaker chosen and tried, one's own picture, who is there already. */
import { ActionIcon, Button, Checkbox, Loader, NativeSelect, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff, IconVolume } from "@tabler/icons-react";
import { Fragment, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useSession } from "@/base/session";
import { useValue } from "@/base/useValue";
import { setCheckFirst, wantsCheckFirst } from "@/calls/conference/checkFirst";
import { EffectNews, EffectSwitch } from "@/calls/conference/controls/EffectItems";
import { readOptions } from "@/calls/conference/opening";
import { useDarkPage, useTitle } from "@/calls/conference/page";
import { TrackVideo } from "@/calls/conference/stage/Video";
import { useConversation } from "@/conversations/queries";
import { titleOf } from "@/conversations/titles";
import type { CallOptions } from "@/media/callState";
import { Capture, type Captured, type CaptureKind } from "@/media/capture/capture";
import { canChooseSpeaker, DEVICE_KINDS, Devices, type DeviceKind } from "@/media/capture/devices";
import { followLevel, playTestSound } from "@/media/capture/level";
import { Effects } from "@/media/effects/effects";

import classes from "./prejoin.module.css";

function Meter({ track }: { track: MediaStreamTrack }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      followLevel(track, (level) => {
        if (bar.current === null) return;
        bar.current.style.transform = `scaleX(${level})`;
        bar.current.dataset.level = level.toFixed(2);
      }),
    [track],
  );
  return (
    <div className={classes.meter} role="img" aria-label={t("conference.check.level")}>
      <div ref={bar} className={classes.meterBar} data-testid="level" />
    </div>
  );
}

interface ChoiceProps {
  kind: DeviceKind;
  devices: Devices;
  onChoose: (id: string | null) => void;
}

function Choice({ kind, devices, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const { lists } = useValue(devices.state);
  const list = lists[kind];
  return (
    <NativeSelect
      label={t(`conference.devices.${kind}`)}
      value={devices.current(kind)?.id ?? ""}
      onChange={(event) => onChoose(event.currentTarget.value === "" ? null : event.currentTarget.value)}
      data={[
        { value: "", label: t("conference.devices.default") },
        ...list.map(({ id, label }, index) => ({ value: id, label: label === "" ? t("conference.devices.unnamed", { number: index + 1 }) : label })),
      ]}
      disabled={list.length === 0}
      data-testid={`check-${kind}`}
    />
  );
}

// locale-keys: conference.problem.*
function Problem({ kind, captured, retry }: { kind: CaptureKind; captured: Captured; retry: () => void }) {
  const { t } = useTranslation();
  if (!captured.wanted || captured.problem === null) return null;
  return (
    <div className={classes.problem} role="alert" data-testid={`check-problem-${kind}`}>
      <IconAlertTriangle size={18} aria-hidden="true" />
      <span>{t(`conference.problem.${kind}.${captured.problem}`)}</span>
      <Button size="compact-sm" variant="white" color="dark" onClick={retry}>
        {t("conference.retry")}
      </Button>
    </div>
  );
}

export function PreJoin({ conversationId, onJoin }: { conversationId: string; onJoin: (options: CallOptions) => void }) {
  const { t } = useTranslation();
  const { person } = useSession();
  const { data: conversation } = useConversation(conversationId);
  const [devices] = useState(() => new Devices());
  const [capture] = useState(() => new Capture(devices));
  const [effects] = useState(() => new Effects(capture));
  const microphone = useValue(capture.microphone);
  const camera = useValue(capture.camera);
  const sound = useValue(effects.noise.sent);
  const picture = useValue(effects.blur.sent);
  const [always, setAlways] = useState(() => wantsCheckFirst());
  const [sounding, setSounding] = useState(false);
  const title = conversation === undefined ? "" : titleOf(conversation, person.id);
  const there = (conversation?.conference?.participants ?? []).filter(({ person_id }) => person_id !== person.id).map(({ name }) => name);
  useDarkPage();
  useTitle(title === "" ? t("conference.untitled") : t("conference.windowTitle", { title }));

  useEffect(() => {
    const { audio, video } = readOptions(conversationId);
    devices.start();
    void capture.start({ audio, video });
    return () => {
      capture.stop();
      devices.stop();
    };
  }, [capture, devices, conversationId]);

  const join = () => {
    setCheckFirst(always);
    const wanted = { audio: capture.microphone.get().wanted, video: capture.camera.get().wanted, effects: effects.chosen };
    capture.stop();
    onJoin({ ...readOptions(conversationId), ...wanted });
  };
  const choose = (kind: DeviceKind) => (id: string | null) => {
    devices.choose(kind, id);
    if (kind !== "speaker") void capture.follow(kind);
  };
  const testSound = () => {
    setSounding(true);
    void playTestSound(devices.current("speaker")?.id ?? "")
      .catch(() => undefined)
      .finally(() => setSounding(false));
  };
  const kinds = DEVICE_KINDS.filter((kind) => kind !== "speaker" || canChooseSpeaker());

  return (
    <main className={classes.page} data-testid="prejoin">
      <EffectNews effects={effects} />
      <form
        className={classes.card}
        onSubmit={(event) => {
          event.preventDefault();
          join();
        }}
      >
        <div className={classes.side}>
          <div className={classes.preview}>
            {camera.track !== null && picture !== null ? (
              <TrackVideo track={picture} mirrored={camera.track.getSettings().facingMode !== "environment"} testId="check-video" />
            ) : (
              <Text className={classes.noPicture ?? ""}>{t(camera.track !== null ? "conference.effects.starting" : camera.starting ? "conference.check.asking" : "conference.check.noPicture")}</Text>
            )}
            <div className={classes.switches}>
              <ActionIcon
                size={52}
                radius="xl"
                variant="filled"
                color={microphone.wanted ? "dark" : "red"}
                aria-label={microphone.wanted ? t("conference.mic.mute") : t("conference.mic.unmute")}
                aria-pressed={microphone.wanted}
                onClick={() => void capture.setMicrophone(!microphone.wanted)}
                data-testid="check-mic"
              >
                {microphone.wanted ? <IconMicrophone size={24} /> : <IconMicrophoneOff size={24} />}
              </ActionIcon>
              <ActionIcon
                size={52}
                radius="xl"
                variant="filled"
                color={camera.wanted ? "dark" : "red"}
                aria-label={camera.wanted ? t("conference.cam.off") : t("conference.cam.on")}
                aria-pressed={camera.wanted}
                onClick={() => void capture.setCamera(!camera.wanted)}
                data-testid="check-cam"
              >
                {camera.wanted ? <IconVideo size={24} /> : <IconVideoOff size={24} />}
              </ActionIcon>
            </div>
          </div>
          {sound !== null && microphone.wanted && <Meter track={sound} />}
        </div>
        <div className={classes.choices}>
          <Title order={1} size="h3">
            {title === "" ? t("conference.untitled") : title}
          </Title>
          <Text c="dimmed" size="sm" data-testid="check-people">
            {/* Nothing is said of who is there before it is known. */}
            {conversation === undefined ? "\u00a0" : there.length === 0 ? t("conference.check.nobody") : t("conference.check.there", { names: there.slice(0, 4).join(", "), count: there.length })}
          </Text>
          <Problem kind="microphone" captured={microphone} retry={() => void capture.setMicrophone(true)} />
          <Problem kind="camera" captured={camera} retry={() => void capture.setCamera(true)} />
          {kinds.map((kind) => (
            <Fragment key={kind}>
              <Choice kind={kind} devices={devices} onChoose={choose(kind)} />
              {kind !== "speaker" && <EffectSwitch effects={effects} name={kind === "microphone" ? "noise" : "blur"} />}
            </Fragment>
          ))}
          <Button variant="default" leftSection={sounding ? <Loader size={16} /> : <IconVolume size={18} />} onClick={testSound} disabled={sounding} data-testid="check-sound">
            {t("conference.check.sound")}
          </Button>
          <Checkbox checked={always} onChange={(event) => setAlways(event.currentTarget.checked)} label={t("conference.check.always")} data-testid="check-always" />
          <Button type="submit" size="lg" autoFocus data-testid="check-join">
            {t("conference.check.join")}
          </Button>
        </div>
      </form>
    </main>
  );
}
