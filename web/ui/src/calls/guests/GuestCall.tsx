/** The call as a guest takes part in it: pictures, sound and their own devices, and nothing of the conversation. */
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { CallContext, useCall } from "@/calls/conference/callContext";
import { CallBar, CallBody, CallPage, RecordingMark } from "@/calls/conference/CallFrame";
import { Comings } from "@/calls/conference/Comings";
import { Controls } from "@/calls/conference/controls/Controls";
import { Shortcuts } from "@/calls/conference/controls/Shortcuts";
import { Notices } from "@/calls/conference/Notices";
import { useDarkPage, useKeys, useScreenOn } from "@/calls/conference/page";
import { People } from "@/calls/conference/People";
import { SmallWindow, useSmallWindow } from "@/calls/conference/stage/SmallWindow";
import { Stage } from "@/calls/conference/stage/Stage";
import { makeViewing, nextLayout, useViewing, ViewContext } from "@/calls/conference/view";
import type { GuestState } from "@/calls/rest";
import { Call } from "@/media/call";
import { isActive } from "@/media/phases";

import type { Door } from "./door";
import { Replaced } from "./GuestPage";
import { GUEST_CHOICES, readWanted } from "./Preview";

const StatisticsPanel = lazy(() => import("@/calls/conference/StatisticsPanel"));

function nobody(): string {
  return "";
}

function nothing(): void {
  // A guest ends no call for others.
}

export function GuestCall({ door, guest }: { door: Door; guest: GuestState }) {
  const [call] = useState(() => {
    const { signalling, token } = door;
    const which = { conversationId: guest.conversation_id ?? "", conferenceId: guest.conference_id };
    const { audio, video } = readWanted();
    return signalling && new Call(signalling, { ...which, audio, video, choicesName: GUEST_CHOICES, ...(token !== null && { guestToken: token }) });
  });
  const [viewing] = useState(() => makeViewing());
  useEffect(() => {
    call?.start();
    return () => call?.stop();
  }, [call]);
  if (call === null) return null;
  return (
    <CallContext value={call}>
      <ViewContext value={viewing}>
        <Room door={door} guest={guest} />
      </ViewContext>
    </CallContext>
  );
}

function Room({ door, guest }: { door: Door; guest: GuestState }) {
  const { t } = useTranslation();
  const call = useCall();
  const viewing = useViewing();
  const { phase, conference: running } = useValue(call.state);
  const [side, setSide] = useState<Side>(null);
  const active = isActive(phase);
  useScreenOn(active);
  const keys = useMemo(
    () => ({
      m: () => void call.toggleMicrophone(),
      v: () => void call.toggleCamera(),
      g: () => viewing.change((view) => ({ ...view, layout: nextLayout(view.layout), pin: null, page: 0 })),
      i: () => setSide((shown) => (shown === "statistics" ? null : "statistics")),
      escape: () => setSide(null),
    }),
    [call, viewing],
  );
  useKeys(keys, active);
  const leave = () => void call.leave().then(() => door.leave());
  // Whatever else ends it is told by the door itself.
  if (phase === "replaced") return <Replaced onBack={() => call.restart()} />;
  return (
    <Active guest={guest} phase={phase} recording={running?.recording != null} side={side} setSide={setSide} leave={leave} t={t} />
  );
}

type Side = "people" | "statistics" | null;

interface ActiveProps {
  guest: GuestState;
  phase: string;
  recording: boolean;
  side: Side;
  setSide: (side: Side) => void;
  leave: () => void;
  t: (key: string) => string;
}

function Active({ guest, phase, recording, side, setSide, leave, t }: ActiveProps) {
  useDarkPage();
  const small = useSmallWindow();
  const [keysShown, setKeysShown] = useState(false);
  return (
    <CallPage phase={phase}>
      <CallBar title={guest.organisation}>
        <RecordingMark hint={recording ? t("conference.recording.shown") : null} />
      </CallBar>
      <CallBody>
        <Notices nameOf={nobody} />
        <Stage self={{ id: guest.id, name: guest.name, avatar_url: null }} />
        {side === "people" && <People onClose={() => setSide(null)} nameOf={nobody} />}
        {side === "statistics" && (
          <Suspense>
            <StatisticsPanel onClose={() => setSide(null)} />
          </Suspense>
        )}
      </CallBody>
      <Controls mayEnd={false} onLeave={leave} onEnd={nothing} onRecord={nothing} onPeople={() => setSide("people")} onStatistics={() => setSide("statistics")} onKeys={() => setKeysShown(true)} onSmall={small.toggle} />
      <SmallWindow shown={small.shown} onLeave={leave} />
      <Shortcuts opened={keysShown} onClose={() => setKeysShown(false)} />
      <Comings />
    </CallPage>
  );
}
