/** The two questions before the first message goes out; the message waits above them. */
import { useEffect, useRef, useState } from "preact/hooks";

import { useParts } from "./context";
import { Field, isEmail } from "./Field";
import { useValue } from "./useValue";
import { t } from "./words";

export function Questions() {
  const { visit, calls } = useParts();
  const { pending, question } = useValue(visit.state);
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => card.current?.querySelector<HTMLElement>("button, input")?.focus(), [question]);
  if (pending === null || question === "none") return null;
  const isCall = pending.medium !== "chat";
  const consent = (yes: boolean) => {
    void visit.consent(yes);
    if (isCall && visit.state.get().question === "none") calls.begin(pending.medium);
  };
  return (
    <div class="card" ref={card} data-testid={`question-${question}`}>
      {question === "consent" && (
        <>
          <p>{t("widget.question.consent")}</p>
          <div class="buttons">
            <button type="button" class="main" onClick={() => consent(true)} data-testid="consent-yes">
              {t("widget.question.yes")}
            </button>
            <button type="button" onClick={() => consent(false)} data-testid="consent-no">
              {t("widget.question.no")}
            </button>
          </div>
        </>
      )}
      {question === "required" && (
        <>
          <p role="alert">{t("widget.question.required")}</p>
          <div class="buttons">
            <button type="button" class="main" onClick={() => consent(true)} data-testid="give-data">
              {t("widget.question.give")}
            </button>
            <button type="button" onClick={() => visit.giveUp()} data-testid="give-up">
              {t("widget.question.cancel")}
            </button>
          </div>
        </>
      )}
      {question === "data" && <DataForm isCall={isCall} />}
    </div>
  );
}

function DataForm({ isCall }: { isCall: boolean }) {
  const { visit, calls } = useParts();
  const { pending, asking, config } = useValue(visit.state);
  const [name, setName] = useState(visit.known.name);
  const [email, setEmail] = useState(visit.known.email);
  const [tried, setTried] = useState(false);
  const nameProblem = name.trim() === "" ? t("widget.question.nameMissing") : "";
  const emailProblem = isEmail(email.trim()) ? "" : t("widget.question.emailMissing");
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (nameProblem !== "" || emailProblem !== "") return;
    if (isCall && pending !== null) calls.begin(pending.medium);
    void visit.answer({ name: name.trim(), email: email.trim() });
  };
  return (
    <form onSubmit={submit} noValidate>
      <p>{t("widget.question.data")}</p>
      <Field label={t("widget.question.name")} value={name} onChange={setName} autoComplete="name" problem={tried ? nameProblem : ""} testId="data-name" />
      <Field label={t("widget.question.email")} value={email} onChange={setEmail} type="email" autoComplete="email" problem={tried ? emailProblem : ""} testId="data-email" />
      <Privacy url={config?.privacy_url ?? ""} />
      <div class="buttons">
        <button type="submit" class="main" disabled={asking} data-testid="data-send">
          {t("widget.question.send")}
        </button>
      </div>
    </form>
  );
}

export function Privacy({ url }: { url: string }) {
  if (!/^https?:\/\//.test(url)) return null;
  return (
    <p class="privacy">
      <a href={url} target="_blank" rel="noopener noreferrer">
        {t("widget.question.privacy")}
      </a>
    </p>
  );
}
