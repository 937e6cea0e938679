/** The call in its own window: it asks for the devices and joins at once. */
import { Button, Group, Modal, Text, VisuallyHidden } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useContext, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { OpeningContext } from "@/app/opening";
import { tellProblem } from "@/app/problems";
import { useLive, useSession } from "@/app/session";
import { Rings } from "@/calls/Rings";
import { useConversation } from "@/conversations/queries";
import { titleOf } from "@/conversations/titles";
import { Call } from "@/media/call";
import { isActive } from "@/media/phases";

import { CallContext, useCall } from "./callContext";
import classes from "./conference.module.css";
import { Controls } from "./Controls";
import { Endings } from "./Endings";
import { Header } from "./Header";
import { Notices } from "./Notices";
import { readOptions } from "./opening";
import { useDarkPage, useKeys, useScreenOn, useTitle } from "./page";
import { People } from "./People";
import { Stage } from "./Stage";
import { useValue } from "./useValue";

export function ConferencePage() {
  const { conversationId = "" } = useParams({ strict: false });
  return <OneCall key={conversationId} conversationId={conversationId} />;
}

function OneCall({ conversationId }: { conversationId: string }) {
  const live = useLive();
  const opening = useContext(OpeningContext);
  const [call] = useState(() => opening?.takeCall(conversationId) ?? new Call(live.socket, readOptions(conversationId)));
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
      <Room conversationId={conversationId} />
    </CallContext>
  );
}

function Room({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const call = useCall();
  const { person } = useSession();
  const { phase, conference } = useValue(call.state);
  const mayEnd = conference !== null && (person.role !== "customer" || conference.started_by.id === person.id);
  const [peopleShown, setPeopleShown] = useState(false);
  const [ending, setEnding] = useState(false);
  const active = isActive(phase);
  const { data: conversation } = useConversation(conversationId);
  const title = conversation === undefined ? "" : titleOf(conversation, person.id);

  useEffect(() => {
    // Read anew after a hole in the events, it may know of somebody whom we missed.
    if (conversation?.conference != null) call.takeConference(conversation.conference);
  }, [conversation, call]);
  useTitle(title === "" ? t("conference.untitled") : t("conference.windowTitle", { title }));
  useScreenOn(active);
  const keys = useMemo(
    () => ({
      m: () => void call.toggleMicrophone(),
      v: () => void call.toggleCamera(),
      escape: () => setPeopleShown(false),
    }),
    [call],
  );
  useKeys(keys, active && !ending);

  const leave = () => {
    void call.leave().then(() => {
      // Works only for windows a page opened; elsewhere the screen says that one has left.
      window.close();
    });
  };
  const end = () => {
    setEnding(false);
    call.endForAll().catch(tellProblem);
  };

  if (!active) {
    return (
      <div className={classes.page}>
        <Endings conversationId={conversationId} />
      </div>
    );
  }
  return (
    <main className={classes.page} data-testid="conference" data-phase={phase}>
      <Header
        title={title}
        conversationId={conversationId}
        peopleShown={peopleShown}
        onPeople={() => setPeopleShown((shown) => !shown)}
      />
      <div className={classes.body}>
        <Notices />
        <Stage self={person} />
        {peopleShown && <People onClose={() => setPeopleShown(false)} />}
      </div>
      <Controls mayEnd={mayEnd} onLeave={leave} onEnd={() => setEnding(true)} onPeople={() => setPeopleShown(true)} />
      <Comings />
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
    </main>
  );
}

/** Says to a screen reader who came and who went. */
function Comings() {
  const { t } = useTranslation();
  const { conference, participantId } = useValue(useCall().state);
  const known = useRef<ReadonlyMap<string, string> | null>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const people = new Map((conference?.participants ?? []).filter(({ id }) => id !== participantId).map(({ id, name }) => [id, name]));
    const before = known.current;
    known.current = people;
    if (before === null) return;
    const came = [...people].filter(([id]) => !before.has(id)).map(([, name]) => t("conference.came", { name }));
    const went = [...before].filter(([id]) => !people.has(id)).map(([, name]) => t("conference.went", { name }));
    if (came.length + went.length > 0) setSaid([...came, ...went].join(", "));
  }, [conference, participantId, t]);
  return <VisuallyHidden role="status">{said}</VisuallyHidden>;
}
