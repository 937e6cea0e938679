/** The call in its own window: it asks for the devices and joins at once. */
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useContext, useEffect, useState } from "react";

import { useLive, useSession } from "@/base/session";
import { Controls } from "@/calls/conference/controls/Controls";
import { DeviceNews } from "@/calls/conference/controls/DeviceNews";
import { EffectNews } from "@/calls/conference/controls/EffectItems";
import { useHand } from "@/calls/conference/controls/HandButton";
import { Shortcuts } from "@/calls/conference/controls/Shortcuts";
import { SmallWindow, useSmallWindow } from "@/calls/conference/stage/SmallWindow";
import { Stage } from "@/calls/conference/stage/Stage";
import { InviteByLink } from "@/calls/lobby/InviteByLink";
import { LobbyPanel } from "@/calls/lobby/LobbyPanel";
import { Rings } from "@/calls/ringing/Rings";
import { Call, type CallOptions } from "@/media/call";
import { comesBack } from "@/media/instance";

import { CallBody, CallPage } from "./CallFrame";
import { CallContext, useCall } from "./callContext";
import { isCheckedFirst } from "./checkFirst";
import { Comings } from "./Comings";
import { Confirmations } from "./Confirmations";
import { Endings } from "./Endings";
import { FreezeContext } from "./freezing";
import { Header } from "./Header";
import { Notices } from "./Notices";
import { readOptions } from "./opening";
import { OpeningContext } from "./openingContext";
import { useDarkPage } from "./page";
import { People } from "./People";
import { HiddenBoardNotice, ShownBoard, useShownBoards } from "./ShownBoard";
import { useCallKeys } from "./useCallKeys";
import { useMakeFreezing } from "./useMakeFreezing";
import { useModeration } from "./useModeration";
import { usePanels } from "./usePanels";
import { useRoom } from "./useRoom";
import { makeViewing, ViewContext } from "./view";

const PreJoin = lazy(() => import("@/calls/conference/prejoin/PreJoin").then((found) => ({ default: found.PreJoin })));
const ChatPanel = lazy(() => import("./ChatPanel"));
const StatisticsPanel = lazy(() => import("./StatisticsPanel"));

export function ConferencePage() {
  const { conversationId = "" } = useParams({ strict: false });
  return <OneCall key={conversationId} conversationId={conversationId} />;
}

/** Devices are looked at first by those who want that; everybody else is in the call at once. */
function OneCall({ conversationId }: { conversationId: string }) {
  const [options, setOptions] = useState(() => (!comesBack(conversationId) && isCheckedFirst(window.location.search) ? null : readOptions(conversationId)));
  if (options !== null) return <Joined conversationId={conversationId} options={options} />;
  return (
    <Suspense>
      <PreJoin conversationId={conversationId} onJoin={setOptions} />
    </Suspense>
  );
}

function Joined({ conversationId, options }: { conversationId: string; options: CallOptions }) {
  const live = useLive();
  const opening = useContext(OpeningContext);
  const [call] = useState(() => opening?.takeCall(conversationId) ?? new Call(live.socket, options));
  const [viewing] = useState(() => makeViewing());
  useDarkPage();
  useEffect(() => {
    call.start();
    return () => {
      void call.leave();
      call.stop();
    };
  }, [call]);
  return (
    <CallContext value={call}>
      <ViewContext value={viewing}>
        <Room conversationId={conversationId} />
      </ViewContext>
    </CallContext>
  );
}

function Room({ conversationId }: { conversationId: string }) {
  const call = useCall();
  const { person } = useSession();
  const { phase, active, title, unread, nameOf, leave } = useRoom(conversationId);
  const mayEnd = useModeration();
  const panels = usePanels();
  const { shown, toggle, open, close, ask } = panels;
  const hand = useHand();
  const freezing = useMakeFreezing();
  const boards = useShownBoards(person.id, mayEnd);
  const small = useSmallWindow();
  useCallKeys({ panels, toggleHand: hand.toggle, freezing, enabled: active && panels.question === null });

  if (!active) {
    return (
      <CallPage>
        <Endings conversationId={conversationId} nameOf={nameOf} />
      </CallPage>
    );
  }
  return (
    <CallPage phase={phase}>
      <Header
        title={title}
        conversationId={conversationId}
        peopleShown={shown.people}
        onPeople={() => toggle("people")}
        unread={unread}
        chatShown={shown.chat}
        onChat={() => toggle("chat")}
      />
      <CallBody frozen={boards.boardId !== null}>
        <Notices nameOf={nameOf}>
          <HiddenBoardNotice boards={boards} />
        </Notices>
        <ShownBoard boards={boards} />
        <FreezeContext value={freezing}>
          <Stage self={person} beside={boards.boardId !== null} />
        </FreezeContext>
        {shown.chat && (
          <Suspense>
            <ChatPanel conversationId={conversationId} onClose={() => close("chat")} />
          </Suspense>
        )}
        {mayEnd && <LobbyPanel conversationId={conversationId} />}
        {shown.people && <People onClose={() => close("people")} nameOf={nameOf} foot={<InviteByLink conversationId={conversationId} />} />}
        {shown.statistics && (
          <Suspense>
            <StatisticsPanel onClose={() => close("statistics")} />
          </Suspense>
        )}
      </CallBody>
      <Controls mayEnd={mayEnd} onLeave={leave} onEnd={() => ask("end")} onRecord={() => ask("record")} onPeople={() => open("people")} onStatistics={() => open("statistics")} onKeys={() => ask("keys")} onSmall={small.toggle} />
      <SmallWindow shown={small.shown} onLeave={leave} />
      <Shortcuts opened={panels.question === "keys"} onClose={panels.answer} />
      <Comings />
      <DeviceNews />
      <EffectNews effects={call.effects} />
      <Rings except={conversationId} />
      <Confirmations panels={panels} />
    </CallPage>
  );
}
