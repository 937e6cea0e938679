/** Where the visitor writes. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useParts } from "./context";
import { Icon } from "./Icon";
import type { Talk } from "./talk";
import { t } from "./words";

const LONGEST = 10_000;
const HIGHEST_PX = 132;

interface ComposerProps {
  /** null before the first message. */
  talk: Talk | null;
  onSend: (text: string) => void;
  disabled?: boolean;
}

export function Composer({ talk, onSend, disabled = false }: ComposerProps) {
  const { host, visit } = useParts();
  const [text, setField] = useState(visit.draft);
  // What is not sent outlives the field: the form for when nobody is there begins with it.
  const setText = (value: string) => setField((visit.draft = value));
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const photo = useRef<HTMLInputElement>(null);
  const hasCamera = useMemo(() => window.matchMedia("(pointer: coarse)").matches, []);
  useEffect(() => host.onFocus(() => field.current?.focus()), [host]);
  useEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, HIGHEST_PX)}px`;
  }, [text]);
  const send = () => {
    const written = text.trim();
    if (written === "" || disabled) return;
    setText("");
    talk?.type("");
    onSend(written);
    field.current?.focus();
  };
  const change = (value: string) => {
    setText(value);
    talk?.type(value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const attach = (list: FileList | null) => {
    if (talk !== null && list !== null && list.length > 0) talk.attach([...list]);
    // The same file may be chosen again.
    for (const input of [files.current, photo.current]) if (input !== null) input.value = "";
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (talk === null || pasted.length === 0) return;
    event.preventDefault();
    talk.attach(pasted);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {talk !== null && (
        <>
          <input type="file" multiple hidden ref={files} onChange={(event) => attach(event.currentTarget.files)} data-testid="files" />
          <button type="button" class="press" aria-label={t("widget.composer.attach")} title={t("widget.composer.attach")} onClick={() => files.current?.click()}>
            <Icon name="clip" />
          </button>
          {hasCamera && (
            <>
              <input type="file" accept="image/*" capture="environment" hidden ref={photo} onChange={(event) => attach(event.currentTarget.files)} data-testid="photo" />
              <button type="button" class="press" aria-label={t("widget.composer.photo")} title={t("widget.composer.photo")} onClick={() => photo.current?.click()}>
                <Icon name="camera" />
              </button>
            </>
          )}
        </>
      )}
      <textarea
        ref={field}
        rows={1}
        maxLength={LONGEST}
        value={text}
        aria-label={t("widget.composer.label")}
        placeholder={t("widget.composer.label")}
        disabled={disabled}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        data-testid="composer"
      />
      <button type="submit" class="press send" aria-label={t("widget.composer.send")} title={t("widget.composer.send")} disabled={disabled || text.trim() === ""} data-testid="send">
        <Icon name="send" />
      </button>
    </form>
  );
}
