/**
 * One call: whom one sees, what is happening, and one's own devices.
 *
 * How it works: the microphone is asked for because the visitor pressed "call"; the camera only if they pressed the button with
 * the camera, here or there. The seat is taken once the visit has a conference: already while waiting, to hear the music.
 */
import { useEffect, useMemo, useState } from "preact/hooks";

import { Call, type CallState } from "@/media/call";
import type { Captured } from "@/media/capture/capture";
import { canShareScreen } from "@/media/capture/screen";
import { isActive } from "@/media/phases";

import { Face, Icon } from "../frame/Icon";
import { mayUse } from "../frame/permissions";
import { isOpen } from "../frame/rest";
import { sayWait } from "../frame/Standing";
import { useValue } from "../frame/useValue";
import type { Visit } from "../frame/visit";
import { t } from "../frame/words";
import { Stage } from "./Stage";
import { sayCall } from "./words";

interface RoomProps {
  visit: Visit;
  camera: boolean;
  /** The call is over, and its end was read. */
  onOver: () => void;
}

export function Room({ visit, camera, onOver }: RoomProps) {
  const { visit: asked, config, line } = useValue(visit.state);
  const conferenceId = asked?.conference_id ?? null;
  const name = asked?.agent?.name ?? config?.organisation ?? "";
  const ready = asked !== null && isOpen(asked) && conferenceId !== null;
  const [call, setCall] = useState<Call | null>(null);
  // A call that has ended here is called anew by a press alone.
  const missing = call === null && asked !== null && isOpen(asked) && asked.medium !== "chat" && conferenceId === null;
  useEffect(() => {
    if (missing) void visit.comeToCall().catch(() => undefined);
  }, [missing, visit]);
  const conversationId = asked?.conversation_id;
  useEffect(() => {
    if (!ready || call !== null || visit.socket === null || conversationId === undefined) return;
    setCall(new Call(visit.socket, { conversationId, conferenceId, audio: true, video: camera }));
  }, [ready, call, visit, conversationId, conferenceId, camera]);
  useEffect(() => {
    call?.start();
    return () => call?.stop();
  }, [call]);
  if (asked === null) return null;
  if (call === null) {
    const over = !isOpen(asked) || (asked.medium === "chat" && asked.calling === null && conferenceId === null);
    return (
      <div class="room" data-testid="room" data-phase={over ? "ended" : "waiting"}>
        <div class="stage">
          <Face name={name} url={asked.agent?.avatar_url ?? null} size={96} />
          <p role="status">{over ? t("widget.call.ended") : sayCall(asked, { phase: "starting", link: "connecting" })}</p>
          {!over && <Place visit={visit} />}
          {!over && <Heard visit={visit} />}
          {line === "connecting" && !over && <p class="note">{t("widget.call.reconnecting")}</p>}
        </div>
        <div class="controls">
          <HangUp label={t(over ? "widget.call.close" : "widget.call.hangUp")} onPress={() => void giveUp(visit).then(onOver)} />
        </div>
      </div>
    );
  }
  return <Talking visit={visit} call={call} name={name} onOver={onOver} />;
}

/** Nobody waits for a visitor who hung up before anybody answered. */
async function giveUp(visit: Visit): Promise<void> {
  const { visit: asked } = visit.state.get();
  if (asked !== null && (asked.state === "waiting" || asked.state === "offered")) await visit.leave().catch(() => undefined);
  else if (asked !== null && asked.calling !== null) await visit.escalate("chat").catch(() => undefined);
}

function Place({ visit }: { visit: Visit }) {
  const { visit: asked } = useValue(visit.state);
  if (asked?.place == null || asked.voice === "voicemail" || (asked.place === 1 && asked.reason !== "busy")) return null;
  return (
    <p class="note" data-testid="call-place">
      {t("widget.waiting.place", { place: asked.place })} {asked.expected_wait_s !== null && sayWait(asked.expected_wait_s)}
    </p>
  );
}

/** Who calls is told before anybody listens. */
function Heard({ visit }: { visit: Visit }) {
  const { config } = useValue(visit.state);
  return config?.may_be_heard === true ? (
    <p class="note" data-testid="call-supervised">
      {t("widget.call.supervised")}
    </p>
  ) : null;
}

function Talking({ visit, call, name, onOver }: { visit: Visit; call: Call; name: string; onOver: () => void }) {
  const state = useValue(call.state);
  const { visit: asked } = useValue(visit.state);
  const blocked = useValue(call.playback.blocked);
  const active = isActive(state.phase);
  const leave = async () => {
    await call.leave();
    await giveUp(visit);
    onOver();
  };
  if (asked === null) return null;
  return (
    <div class="room" data-testid="room" data-phase={state.phase} data-link={state.link}>
      <Stage call={call} name={name} avatarUrl={asked.agent?.avatar_url ?? null}>
        <p role="status" data-testid="call-state">
          {active ? sayCall(asked, state) : t(ending(state))}
        </p>
        {active && <Place visit={visit} />}
        {active && <Heard visit={visit} />}
      </Stage>
      {active && blocked && (
        <button type="button" class="main unmute" onClick={() => void call.playback.unlock()}>
          {t("widget.call.sound")}
        </button>
      )}
      {active ? <Controls call={call} onHangUp={() => void leave()} /> : <Over call={call} phase={state.phase} onOver={onOver} />}
    </div>
  );
}

// locale-keys: widget.call.declined, widget.call.unanswered
function ending({ phase, conference }: CallState): string {
  if (phase === "ended" && (conference?.end_reason === "declined" || conference?.end_reason === "unanswered")) return `widget.call.${conference.end_reason}`;
  if (phase === "replaced") return "widget.call.replaced";
  return phase === "refused" ? "widget.call.refused" : "widget.call.ended";
}

function Over({ call, phase, onOver }: { call: Call; phase: string; onOver: () => void }) {
  return (
    <div class="controls">
      {phase === "replaced" && (
        <button type="button" class="main" onClick={() => call.restart()}>
          {t("widget.call.back")}
        </button>
      )}
      <button type="button" onClick={onOver} data-testid="call-close">
        {t("widget.call.close")}
      </button>
    </div>
  );
}

function HangUp({ label, onPress }: { label: string; onPress: () => void }) {
  return (
    <button type="button" class="round hangup" aria-label={label} title={label} onClick={onPress} data-testid="hang-up">
      <Icon name="phone" size={24} />
    </button>
  );
}

// locale-keys: widget.call.problem.*, widget.call.microphone, widget.call.camera
function Problem({ device, captured, onRetry }: { device: "microphone" | "camera"; captured: Captured; onRetry: () => void }) {
  if (captured.problem === null || captured.starting) return null;
  const name = t(`widget.call.${device}`);
  // Asking again cannot help where the site forbids it.
  if (!mayUse(device)) {
    return (
      <p class="fault" role="alert" data-testid="call-forbidden">
        {name}: {t("widget.call.problem.forbidden")}
      </p>
    );
  }
  return (
    <p class="fault" role="alert">
      {name}: {t(`widget.call.problem.${captured.problem}`)}{" "}
      <button type="button" class="link" onClick={onRetry}>
        {t("widget.thread.retry")}
      </button>
    </p>
  );
}

function Controls({ call, onHangUp }: { call: Call; onHangUp: () => void }) {
  const microphone = useValue(call.capture.microphone);
  const camera = useValue(call.capture.camera);
  const screen = useValue(call.screen.state);
  const shares = useMemo(canShareScreen, []);
  const muted = !microphone.wanted;
  const toggle = (label: string, icon: Parameters<typeof Icon>[0]["name"], on: boolean, press: () => void, testId: string) => (
    <button type="button" class={`round ${on ? "on" : ""}`} aria-label={label} title={label} aria-pressed={on} onClick={press} data-testid={testId}>
      <Icon name={icon} size={22} />
    </button>
  );
  return (
    <>
      <Problem device="microphone" captured={microphone} onRetry={() => void call.retryDevice("microphone")} />
      <Problem device="camera" captured={camera} onRetry={() => void call.retryDevice("camera")} />
      <div class="controls">
        {toggle(t(muted ? "widget.call.microphoneOn" : "widget.call.microphoneOff"), muted ? "micOff" : "mic", muted, () => void call.toggleMicrophone().catch(() => undefined), "microphone")}
        {toggle(t(camera.wanted ? "widget.call.cameraOff" : "widget.call.cameraOn"), camera.wanted ? "video" : "videoOff", camera.wanted, () => void call.toggleCamera(), "camera")}
        {shares &&
          toggle(
            t(screen.track === null ? "widget.call.screenOn" : "widget.call.screenOff"),
            "screen",
            screen.track !== null,
            () => (screen.track === null ? void call.shareScreen("detail") : call.screen.stop()),
            "screen",
          )}
        <HangUp label={t("widget.call.hangUp")} onPress={onHangUp} />
      </div>
    </>
  );
}
