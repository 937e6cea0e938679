/** The call in its own window: it asks for the devices and joins at once. */
import { Button, Group, Modal, Text } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { useLive, useSession } from "@/base/session";
import { useValue } from "@/base/useValue";
import { Controls } from "@/calls/conference/controls/Controls";
import { DeviceNews } from "@/calls/conference/controls/DeviceNews";
import { EffectNews } from "@/calls/conference/controls/EffectItems";
import { useHand } from "@/calls/conference/controls/HandButton";
import { Shortcuts } from "@/calls/conference/controls/Shortcuts";
import { toggleOrHold } from "@/calls/conference/stage/holding";
import { SmallWindow, useSmallWindow } from "@/calls/conference/stage/SmallWindow";
import { Stage } from "@/calls/conference/stage/Stage";
import { InviteByLink } from "@/calls/lobby/InviteByLink";
import { LobbyPanel } from "@/calls/lobby/LobbyPanel";
import { Rings } from "@/calls/ringing/Rings";
import { useConversation } from "@/conversations/queries";
import { titleOf } from "@/conversations/titles";
import { Call, type CallOptions } from "@/media/call";
import { isActive } from "@/media/phases";

import { CallContext, useCall } from "./callContext";
import { CallBody, CallPage } from "./CallFrame";
import { isCheckedFirst } from "./checkFirst";
import { Comings } from "./Comings";
import { Endings } from "./Endings";
import { FreezeContext } from "./freezing";
import { Header } from "./Header";
import { Notices } from "./Notices";
import { readOptions } from "./opening";
import { OpeningContext } from "./openingContext";
import { useDarkPage, useKeys, useMediaKeys, useScreenOn, useTitle } from "./page";
import { People } from "./People";
import { HiddenBoardNotice, ShownBoard, useShownBoards } from "./ShownBoard";
import { useMakeFreezing } from "./useMakeFreezing";
import { useModeration } from "./useModeration";
import { makeViewing, nextLayout, useViewing, ViewContext } from "./view";

const PreJoin = lazy(() => import("@/calls/conference/prejoin/PreJoin").then((found) => ({ default: found.PreJoin })));
const ChatPanel = lazy(() => import("./ChatPanel"));
const StatisticsPanel = lazy(() => import("./StatisticsPanel"));

export function ConferencePage() {
  const { conversationId = "" } = useParams({ strict: false });
  return <OneCall key={conversationId} conversationId={conversationId} />;
}

/** Devices are looked at first by those who want that; everybody else is in the call at once. */
function OneCall({ conversationId }: { conversationId: string }) {
  const [options, setOptions] = useState(() => (isCheckedFirst(window.location.search) ? null : readOptions(conversationId)));
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
  const { t } = useTranslation();
  const call = useCall();
  const viewing = useViewing();
  const { person } = useSession();
  const { phase } = useValue(call.state);
  const mayEnd = useModeration();
  const [peopleShown, setPeopleShown] = useState(false);
  const [statisticsShown, setStatisticsShown] = useState(false);
  const [chatShown, setChatShown] = useState(false);
  const [ending, setEnding] = useState(false);
  const [agreeing, setAgreeing] = useState(false);
  const [keysShown, setKeysShown] = useState(false);
  const hand = useHand();
  const freezing = useMakeFreezing();
  const boards = useShownBoards(person.id, mayEnd);
  const small = useSmallWindow();
  const active = isActive(phase);
  const { data: conversation, isError, refetch } = useConversation(conversationId);
  const title = conversation === undefined ? "" : titleOf(conversation, person.id);

  const leave = useCallback(() => {
    void call.leave().then(() => {
      // Works only for windows a page opened; elsewhere the screen says that one has left.
      window.close();
    });
  }, [call]);

  useEffect(() => {
    // Read anew after a hole in the events, it may know of somebody whom we missed.
    if (conversation?.conference != null) call.takeConference(conversation.conference);
  }, [conversation, call]);
  const isLetIn = phase === "joined" && isError;
  useEffect(() => {
    // Asked before the answer was stored.
    if (isLetIn) void refetch();
  }, [isLetIn, refetch]);
  useTitle(title === "" ? t("conference.untitled") : t("conference.windowTitle", { title }));
  useScreenOn(active);
  useMediaKeys(call, title, active, leave);
  const keys = useMemo(
    () => ({
      m: () => void call.toggleMicrophone().catch(tellProblem),
      v: () => void call.toggleCamera(),
      s: () => (call.screen.isShared ? call.screen.stop() : void call.shareScreen(call.screen.state.get().hint)),
      g: () => viewing.change((view) => ({ ...view, layout: nextLayout(view.layout), pin: null, page: 0 })),
      h: hand.toggle,
      p: () => setPeopleShown((shown) => !shown),
      l: () => call.sparing.press(),
      "?": () => setKeysShown(true),
      c: () => setChatShown((shown) => !shown),
      f: () => freezing.freezeBest(viewing.get().pin),
      i: () => setStatisticsShown((shown) => !shown),
      w: () => toggleOrHold(call.floor.pointing),
      escape: () => {
        call.floor.pointing.on.set(false);
        setChatShown(false);
        setPeopleShown(false);
        setStatisticsShown(false);
      },
    }),
    [call, viewing, hand.toggle, freezing],
  );
  useKeys(keys, active && !ending && !agreeing && !keysShown);

  const nameOf = (personId: string) => conversation?.members.find(({ person_id }) => person_id === personId)?.name ?? t("conference.moderation.somebody");
  const end = () => {
    setEnding(false);
    call.floor.endForAll().catch(tellProblem);
  };
  const record = () => {
    setAgreeing(false);
    call.floor.record(true).catch(tellProblem);
  };

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
        peopleShown={peopleShown}
        onPeople={() => setPeopleShown((shown) => !shown)}
        unread={conversation?.unread ?? 0}
        chatShown={chatShown}
        onChat={() => setChatShown((shown) => !shown)}
      />
      <CallBody frozen={boards.boardId !== null}>
        <Notices nameOf={nameOf}>
          <HiddenBoardNotice boards={boards} />
        </Notices>
        <ShownBoard boards={boards} />
        <FreezeContext value={freezing}>
          <Stage self={person} beside={boards.boardId !== null} />
        </FreezeContext>
        {chatShown && (
          <Suspense>
            <ChatPanel conversationId={conversationId} onClose={() => setChatShown(false)} />
          </Suspense>
        )}
        {mayEnd && <LobbyPanel conversationId={conversationId} />}
        {peopleShown && <People onClose={() => setPeopleShown(false)} nameOf={nameOf} foot={<InviteByLink conversationId={conversationId} />} />}
        {statisticsShown && (
          <Suspense>
            <StatisticsPanel onClose={() => setStatisticsShown(false)} />
          </Suspense>
        )}
      </CallBody>
      <Controls mayEnd={mayEnd} onLeave={leave} onEnd={() => setEnding(true)} onRecord={() => setAgreeing(true)} onPeople={() => setPeopleShown(true)} onStatistics={() => setStatisticsShown(true)} onKeys={() => setKeysShown(true)} onSmall={small.toggle} />
      <SmallWindow shown={small.shown} onLeave={leave} />
      <Shortcuts opened={keysShown} onClose={() => setKeysShown(false)} />
      <Comings />
      <DeviceNews />
      <EffectNews effects={call.effects} />
      <Rings except={conversationId} />
      <Modal opened={ending} onClose={() => setEnding(false)} title={t("conference.end.title")} closeButtonProps={{ "aria-label": t("conference.close") }}>
        <Text mb="lg">{t("conference.end.text")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setEnding(false)}>
            {t("conference.end.cancel")}
          </Button>
          <Button color="#c92a3a" onClick={end} data-testid="end-confirm">
            {t("conference.end.confirm")}
          </Button>
        </Group>
      </Modal>
      <Modal opened={agreeing} onClose={() => setAgreeing(false)} title={t("conference.recording.consent.title")} closeButtonProps={{ "aria-label": t("conference.close") }}>
        <Text mb="sm">{t("conference.recording.consent.told")}</Text>
        <Text mb="sm">{t("conference.recording.consent.kept")}</Text>
        <Text mb="lg">{t("conference.recording.consent.agreed")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAgreeing(false)}>
            {t("conference.recording.consent.cancel")}
          </Button>
          <Button color="#c92a3a" onClick={record} data-testid="record-confirm">
            {t("conference.recording.consent.start")}
          </Button>
        </Group>
      </Modal>
    </CallPage>
  );
}
