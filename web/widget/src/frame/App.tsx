/** The frame as the visitor sees it. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Composer } from "./Composer";
import { PartsContext, useParts, type Parts } from "./context";
import { Header } from "./Header";
import { MessageForm } from "./MessageForm";
import { Questions } from "./Questions";
import { isOpen } from "./rest";
import { CallBar, Ended, isOver, Waiting } from "./Standing";
import type { Talk } from "./talk";
import { Aloud, LinkedText, Messages, Scroller, useReading } from "./Thread";
import { useValue } from "./useValue";
import { currentLanguage, t } from "./words";

/** The call's part is fetched by those who call. */
function FrameCall() {
  const [Part, setPart] = useState<ComponentType | null>(null);
  useEffect(() => void import("../call/FrameCall").then((part) => setPart(() => part.default)), []);
  return Part === null ? <p class="line">{t("widget.call.starting")}</p> : <Part />;
}

export function App(parts: Parts) {
  return (
    <PartsContext.Provider value={parts}>
      <Frame />
    </PartsContext.Provider>
  );
}

function Frame() {
  const { visit, host } = useParts();
  const { config, problem, visit: asked, era } = useValue(visit.state);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && host.isEmbedded) host.tell({ type: "fold" });
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [host]);
  useEffect(() => host.tell({ type: "talk", on: asked !== null && isOpen(asked) }), [host, asked]);
  if (config === null) {
    return (
      <main class="frame blank" data-testid="blank">
        {problem === null ? (
          <p role="status">{t("widget.loading")}</p>
        ) : (
          <div role="alert">
            <p>{t(problem.isTransient ? "widget.broken.unreachable" : "widget.broken.unknown")}</p>
            {problem.isTransient && (
              <button type="button" onClick={() => void visit.start()}>
                {t("widget.broken.again")}
              </button>
            )}
          </div>
        )}
      </main>
    );
  }
  return (
    <main class="frame" data-testid="frame">
      <Header />
      <Body key={era} />
    </main>
  );
}

function Body() {
  const { visit, calls } = useParts();
  const { visit: asked, form, left, talk, line } = useValue(visit.state);
  const place = useValue(calls.place);
  useReading(talk);
  if ((form || left) && !(asked !== null && asked.state === "accepted")) {
    return (
      <div class="scroller">
        <MessageForm />
      </div>
    );
  }
  return (
    <>
      {asked !== null && isOpen(asked) && line !== "online" && (
        <p class="line-lost" role="status" data-testid="line-lost">
          {t("widget.line.lost")}
        </p>
      )}
      {place === "frame" && asked !== null && <FrameCall />}
      {asked !== null && <CallBar asked={asked} />}
      {talk === null ? <Beginning /> : <Going talk={talk} />}
    </>
  );
}

function Greeting() {
  const { visit, host } = useParts();
  const { config } = useValue(visit.state);
  const { trigger } = useValue(host.state);
  const greeting = config?.texts[currentLanguage()]?.welcome || t("widget.greeting");
  return (
    <div class="row other">
      <div class="bubble other" data-testid="greeting">
        <p>
          <LinkedText text={trigger === "" ? greeting : trigger} />
        </p>
      </div>
    </div>
  );
}

/** Before anything is at the server. */
function Beginning() {
  const { visit } = useParts();
  const { pending, question, asking, refusal } = useValue(visit.state);
  return (
    <>
      <Scroller mark={question}>
        <Greeting />
        {pending !== null && pending.text !== "" && (
          <div class="row own" data-testid="unsent">
            <div class="bubble own unsent">
              <p>{pending.text}</p>
            </div>
          </div>
        )}
        <Questions />
        {asking && (
          <p class="line" role="status">
            {t("widget.talking.asking")}
          </p>
        )}
        {(refusal !== null || (pending !== null && question === "none" && !asking)) && (
          <div class="card" role="alert" data-testid="refusal">
            <p>{(refusal?.detail ?? "") || t("widget.problem.failed")}</p>
            <div class="buttons">
              <button type="button" class="main" onClick={() => void visit.answer(visit.known)}>
                {t("widget.talking.again")}
              </button>
              <button type="button" onClick={() => visit.giveUp()}>
                {t("widget.question.cancel")}
              </button>
            </div>
          </div>
        )}
      </Scroller>
      {pending === null && <Composer talk={null} onSend={(text) => visit.ask("chat", text)} />}
    </>
  );
}

function Going({ talk }: { talk: Talk }) {
  const { visit, host } = useParts();
  const state = useValue(talk.state);
  const { visit: asked, visitor, refusal } = useValue(visit.state);
  const { shown } = useValue(host.state);
  if (asked === null) return null;
  const over = isOver(asked);
  const agentName = asked.agent?.name ?? "";
  const lastOther = state.window.items.filter(({ author, kind }) => author.id !== visitor?.id && kind === "text").at(-1);
  return (
    <>
      <Scroller mark={state}>
        <Greeting />
        <Messages talk={talk} state={state} visitorId={visitor?.id ?? ""} agentName={agentName} />
        {(asked.state === "waiting" || asked.state === "offered") && <Waiting asked={asked} />}
        {asked.held && (
          <p class="line" role="status">
            {t("widget.talking.held")}
          </p>
        )}
        {asked.agent_away && (
          <p class="line" role="status" data-testid="agent-away">
            {t("widget.talking.away", { name: agentName })}
          </p>
        )}
        {!over && refusal !== null && (
          <p class="line fault" role="alert" data-testid="call-refused">
            {refusal.detail || t("widget.problem.failed")}
          </p>
        )}
        {over && <Ended asked={asked} />}
      </Scroller>
      <Aloud text={shown && lastOther !== undefined ? `${lastOther.author.name}: ${lastOther.text}` : ""} />
      {asked.state === "accepted" && (
        <p class="hidden" role="status" data-testid="talking">
          {t("widget.talking.with", { name: agentName })}
        </p>
      )}
      {!over && <Composer talk={talk} onSend={(text) => talk.write(text)} />}
    </>
  );
}
