/** Where the visit stands, beside what is written in it: the wait, the call, the end. */
import { useState } from "preact/hooks";

import { ApiProblem } from "@/protocol/problem";

import { useParts } from "./context";
import { Field, isEmail } from "./Field";
import { Icon } from "./Icon";
import { isOpen, type VisitState } from "./rest";
import { useValue } from "./useValue";
import { t } from "./words";

/** About how long; nobody counts the seconds of an estimate. */
export function sayWait(seconds: number): string {
  return seconds < 60 ? t("widget.waiting.soon") : t("widget.waiting.minutes", { count: Math.round(seconds / 60) });
}

export function Waiting({ asked }: { asked: VisitState }) {
  const { visit } = useParts();
  const { reason, place, expected_wait_s: wait, handed_over: handed } = asked;
  const busy = reason === "busy";
  return (
    <div class="standing" role="status" data-testid="waiting" data-state={asked.state}>
      <Icon name="clock" />
      <div>
        <p>{t(handed ? "widget.waiting.handed" : busy ? "widget.waiting.busy" : "widget.waiting.connecting")}</p>
        {(busy || (place ?? 0) > 1) && place !== null && <p>{t("widget.waiting.place", { place })}</p>}
        {busy && wait !== null && <p>{sayWait(wait)}</p>}
        {busy && (
          <button type="button" class="link" onClick={() => visit.openForm()}>
            {t("widget.waiting.message")}
          </button>
        )}
      </div>
    </div>
  );
}

/** The call is in a window of its own, or may be taken up again. */
export function CallBar({ asked }: { asked: VisitState }) {
  const { calls } = useParts();
  const place = useValue(calls.place);
  if (place === "window") {
    return (
      <div class="callbar" data-testid="call-elsewhere">
        <Icon name="phone" />
        <p>{t("widget.call.elsewhere")}</p>
        <button type="button" onClick={() => calls.show()}>
          {t("widget.call.show")}
        </button>
      </div>
    );
  }
  if (place !== "none" || asked.conference_id === null || (asked.medium === "chat" && asked.calling === null)) return null;
  return (
    <div class="callbar" data-testid="call-goes-on">
      <Icon name="phone" />
      <p>{t("widget.call.goesOn")}</p>
      <button type="button" onClick={() => calls.show()}>
        {t("widget.call.back")}
      </button>
    </div>
  );
}

function describe(error: unknown): string {
  return (error instanceof ApiProblem && error.detail) || t("widget.ended.failed");
}

export function Ended({ asked }: { asked: VisitState }) {
  const { visit } = useParts();
  const talked = asked.agent !== null;
  return (
    <div class="card ended" data-testid="ended">
      <p role="status">{t("widget.ended.title")}</p>
      {talked && !asked.rated && <Rating />}
      {talked && asked.rated && <p>{t("widget.ended.thanks")}</p>}
      {talked && <Transcript />}
      <div class="buttons">
        <button type="button" class="main" onClick={() => visit.beginAnew()} data-testid="begin-anew">
          {t("widget.ended.again")}
        </button>
      </div>
    </div>
  );
}

const STARS = [1, 2, 3, 4, 5];

function Rating() {
  const { visit } = useParts();
  const [stars, setStars] = useState(0);
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    visit.rate(stars, comment.trim()).catch((error: unknown) => setProblem(describe(error)));
  };
  return (
    <form onSubmit={submit} data-testid="rating">
      <fieldset class="stars">
        <legend>{t("widget.ended.rate")}</legend>
        {STARS.map((count) => (
          <label key={count} class={count <= stars ? "lit" : ""} title={t("widget.ended.stars", { count })}>
            <input type="radio" name="stars" value={count} checked={count === stars} onChange={() => setStars(count)} aria-label={t("widget.ended.stars", { count })} />
            <Icon name="star" size={28} filled={count <= stars} />
          </label>
        ))}
      </fieldset>
      {stars > 0 && (
        <>
          <Field label={t("widget.ended.comment")} value={comment} onChange={setComment} testId="rating-comment" />
          <button type="submit" class="main" data-testid="rate">
            {t("widget.ended.submit")}
          </button>
        </>
      )}
      {problem !== "" && <p class="fault" role="alert">{problem}</p>}
    </form>
  );
}

function Transcript() {
  const { visit } = useParts();
  const [shown, setShown] = useState(false);
  const [email, setEmail] = useState(visit.known.email);
  const [problem, setProblem] = useState("");
  const [mailed, setMailed] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const address = email.trim();
    if (!isEmail(address)) {
      setProblem(t("widget.question.emailMissing"));
      return;
    }
    setProblem("");
    visit.mailTranscript(address).then(() => setMailed(address), (error: unknown) => setProblem(describe(error)));
  };
  if (mailed !== "") return <p role="status" data-testid="mailed">{t("widget.ended.mailed", { email: mailed })}</p>;
  if (!shown) {
    return (
      <button type="button" class="link" onClick={() => setShown(true)} data-testid="transcript">
        {t("widget.ended.transcript")}
      </button>
    );
  }
  return (
    <form onSubmit={submit} noValidate>
      <Field label={t("widget.question.email")} value={email} onChange={setEmail} type="email" autoComplete="email" problem={problem} testId="transcript-email" />
      <button type="submit" data-testid="transcript-send">
        {t("widget.ended.mail")}
      </button>
    </form>
  );
}

export function isOver(asked: VisitState): boolean {
  return !isOpen(asked) && asked.state !== "message";
}
