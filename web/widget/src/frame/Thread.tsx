/** The conversation: what was written, by whom, when, and what is still on its way. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import type { Message, MessageFile } from "@/protocol/conversations";

import { useParts } from "./context";
import { OneFile, Upload } from "./Files";
import { findLinks } from "./linked";
import type { Talk, TalkState } from "./talk";
import { currentLocale, t } from "./words";

const NEAR_END_PX = 80;

export function LinkedText({ text }: { text: string }) {
  return (
    <>
      {findLinks(text).map(({ text: piece, href }, index) =>
        href === null ? (
          piece
        ) : (
          <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {piece}
          </a>
        ),
      )}
    </>
  );
}

/** What came first, follows its end unless the visitor reads further up. */
export function Scroller({ mark, children }: { mark: unknown; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const follow = () => {
    const element = box.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(follow, [mark, children]);
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(follow);
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const element = box.current;
    if (element !== null) atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
  };
  return (
    <div class="scroller" ref={box} onScroll={onScroll} role="region" aria-label={t("widget.thread.label")} tabIndex={0}>
      <div class="thread">{children}</div>
    </div>
  );
}

function time(ms: number): string {
  return new Date(ms).toLocaleTimeString(currentLocale(), { hour: "2-digit", minute: "2-digit" });
}

/** Of what the system notes the visitor reads this alone. */
function isGivenBack({ body }: Message): boolean {
  return (body as { code?: unknown } | null)?.code === "visit.given_back";
}

function callLine(message: Message): string {
  const body = message.body as { code?: unknown; missed?: unknown } | null;
  return t(body?.missed === true || body?.code === "call.missed" ? "widget.thread.missed" : "widget.thread.call");
}

interface RowProps {
  message: Message;
  own: boolean;
  /** The one before it is of the same author. */
  follows: boolean;
  conversationId: string;
}

function Row({ message, own, follows, conversationId }: RowProps) {
  if (message.kind === "call") return <p class="line">{callLine(message)}</p>;
  if (message.kind === "system") return <p class="line">{t("widget.talking.givenBack", { name: message.author.name })}</p>;
  const files = message.deleted_at_ms === null && message.kind === "file" ? ((message.body as { files?: MessageFile[] } | null)?.files ?? []) : [];
  const author = own ? t("widget.thread.you") : message.author.name;
  return (
    <div class={`row ${own ? "own" : "other"}`} data-testid="message" data-own={own}>
      {!follows && !own && <span class="author">{author}</span>}
      {own && <span class="hidden">{author}: </span>}
      <div class={`bubble ${own ? "own" : "other"} ${message.deleted_at_ms === null ? "" : "gone"}`}>
        {message.deleted_at_ms !== null ? t("widget.thread.deleted") : message.text !== "" && <p><LinkedText text={message.text} /></p>}
        {files.map((file) => (
          <OneFile key={file.id} file={file} conversationId={conversationId} />
        ))}
        <small class="time">
          {message.edited_at_ms !== null && message.deleted_at_ms === null && `${t("widget.thread.edited")} · `}
          <time dateTime={new Date(message.created_at_ms).toISOString()}>{time(message.created_at_ms)}</time>
        </small>
      </div>
    </div>
  );
}

export function Messages({ talk, state, visitorId, agentName }: { talk: Talk; state: TalkState; visitorId: string; agentName: string }) {
  const { window: shown, waiting, uploads, typing, marks } = state;
  const rows = shown.items.filter((message) => message.kind !== "system" || isGivenBack(message));
  const readTo = Math.max(0, ...marks.filter(({ person_id }) => person_id !== visitorId).map(({ read_seq }) => read_seq));
  const lastOwn = rows.filter(({ author, kind }) => author.id === visitorId && kind !== "call" && kind !== "system").at(-1);
  const last = rows.at(-1);
  const isRead = lastOwn !== undefined && lastOwn === last && waiting.length === 0 && lastOwn.seq <= readTo;
  return (
    <>
      {shown.hasOlder && (
        <button type="button" class="plain" onClick={() => void talk.loadOlder()} disabled={state.loadingOlder}>
          {t("widget.thread.older")}
        </button>
      )}
      {rows.map((message, index) => (
        <Row key={message.id} message={message} own={message.author.id === visitorId} follows={rows[index - 1]?.author.id === message.author.id} conversationId={talk.conversationId} />
      ))}
      {waiting.map(({ client_id, text, state: sent, refusal }) => (
        <div class="row own" key={client_id} data-testid="unsent">
          <div class="bubble own unsent">
            <p>{text}</p>
          </div>
          {sent === "failed" ? (
            <p class="failed" role="alert">
              {refusal || t("widget.thread.failed")}{" "}
              <button type="button" class="link" onClick={() => talk.retry(client_id)}>
                {t("widget.thread.retry")}
              </button>{" "}
              <button type="button" class="link" onClick={() => talk.discard(client_id)}>
                {t("widget.thread.discard")}
              </button>
            </p>
          ) : (
            <small class="state">{t("widget.thread.sending")}</small>
          )}
        </div>
      ))}
      {uploads.map((file) => (
        <Upload key={file.id} file={file} />
      ))}
      {isRead && <small class="state read">{t("widget.thread.read")}</small>}
      {typing && (
        <p class="typing" data-testid="typing">
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {agentName === "" ? t("widget.thread.typingSomebody") : t("widget.thread.typing", { name: agentName })}
        </p>
      )}
    </>
  );
}

/** Reads new messages of the other side to those who do not see them. */
export function Aloud({ text }: { text: string }) {
  return (
    <div class="hidden" role="log" aria-live="polite" aria-relevant="additions text">
      {text}
    </div>
  );
}

/** Marks what is on the screen as read, and tells the host's page what is not. */
export function useReading(talk: Talk | null): void {
  const { host } = useParts();
  useEffect(() => {
    if (talk === null) {
      host.tell({ type: "unread", count: 0 });
      return;
    }
    // Asked at each message: what is drawn may be late, because browsers draw nothing in a frame that is folded away.
    const look = () => {
      const seen = host.state.get().shown && document.visibilityState === "visible";
      if (seen) talk.read();
      host.tell({ type: "unread", count: seen ? 0 : talk.countUnread() });
    };
    look();
    const stops = [talk.state.subscribe(look), host.state.subscribe(look)];
    document.addEventListener("visibilitychange", look);
    return () => {
      for (const stop of stops) stop();
      document.removeEventListener("visibilitychange", look);
    };
  }, [talk, host]);
}
