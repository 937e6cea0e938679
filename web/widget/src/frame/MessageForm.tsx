/** The form for when nobody is there, or for whoever would rather write. */
import { useEffect, useRef, useState } from "preact/hooks";

import { newId } from "@/protocol/newId";
import { ApiProblem } from "@/protocol/problem";

import { useParts } from "./context";
import { Field, isEmail } from "./Field";
import { Icon } from "./Icon";
import { Privacy } from "./Questions";
import { useValue } from "./useValue";
import { currentLanguage, t } from "./words";

export function MessageForm() {
  const { visit, host } = useParts();
  const { config, pending, talk, left, visit: asked } = useValue(visit.state);
  const written = talk?.state.get().window.items.filter(({ kind, author }) => kind === "text" && author.kind === "visitor").map(({ text }) => text) ?? [];
  const [name, setName] = useState(visit.known.name);
  const [email, setEmail] = useState(visit.known.email);
  const [phone, setPhone] = useState("");
  const [text, setText] = useState(pending?.text ?? written.join("\n"));
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState("");
  const id = useRef(newId());
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => host.onFocus(() => box.current?.querySelector<HTMLElement>("input")?.focus()), [host]);
  const live = config?.live.chat === true;
  if (left) return <Sent />;
  const emailProblem = isEmail(email.trim()) ? "" : t("widget.question.emailMissing");
  const textProblem = text.trim() === "" ? t("widget.form.textMissing") : "";
  const send = async () => {
    setTried(true);
    if (emailProblem !== "" || textProblem !== "" || sending) return;
    setSending(true);
    setRefusal("");
    try {
      await visit.leaveMessage({ client_id: id.current, name: name.trim(), email: email.trim(), phone: phone.trim(), text: text.trim() });
    } catch (error) {
      setRefusal((error instanceof ApiProblem && error.detail) || t("widget.form.failed"));
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      class="form"
      ref={box}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      data-testid="message-form"
    >
      <h2>{t("widget.form.title")}</h2>
      <p>{live && asked?.reason !== "nobody" ? t("widget.form.chosen") : config?.texts[currentLanguage()]?.away || t("widget.form.nobody")}</p>
      <Field label={t("widget.form.name")} value={name} onChange={setName} autoComplete="name" testId="form-name" />
      <Field label={t("widget.form.email")} value={email} onChange={setEmail} type="email" autoComplete="email" problem={tried ? emailProblem : ""} testId="form-email" />
      <Field label={t("widget.form.phone")} value={phone} onChange={setPhone} type="tel" autoComplete="tel" testId="form-phone" />
      <Field label={t("widget.form.text")} value={text} onChange={setText} long problem={tried ? textProblem : ""} testId="form-text" />
      <Privacy url={config?.privacy_url ?? ""} />
      {refusal !== "" && (
        <p class="fault" role="alert">
          {refusal}
        </p>
      )}
      <div class="buttons">
        <button type="submit" class="main" disabled={sending} data-testid="form-send">
          {t("widget.form.send")}
        </button>
        {live && (
          <button type="button" onClick={() => visit.closeForm()} data-testid="form-back">
            {t("widget.form.back")}
          </button>
        )}
      </div>
    </form>
  );
}

function Sent() {
  const { visit } = useParts();
  const { config } = useValue(visit.state);
  const again = () => {
    visit.beginAnew();
    visit.openForm();
  };
  return (
    <div class="form sent" role="status" data-testid="message-left">
      <span class="done">
        <Icon name="check" size={30} />
      </span>
      <p>{t("widget.form.sent")}</p>
      <div class="buttons">
        <button type="button" onClick={again}>
          {t("widget.form.another")}
        </button>
        {config?.live.chat === true && (
          <button type="button" class="main" onClick={() => visit.beginAnew()}>
            {t("widget.form.back")}
          </button>
        )}
      </div>
    </div>
  );
}
