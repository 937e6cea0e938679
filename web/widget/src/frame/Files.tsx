/** Files in a message, and files on their way. */
import { useEffect, useState } from "preact/hooks";

import type { MessageFile } from "@/protocol/conversations";
import { fileDoors } from "@/protocol/files";

import { useParts } from "./context";
import { Icon } from "./Icon";
import type { SentFile } from "./sending";
import { currentLocale, t } from "./words";

const KB = 1_000;

export function sayBytes(bytes: number): string {
  if (bytes < KB) return `${bytes} B`;
  if (bytes < KB * KB) return `${Math.round(bytes / KB)} kB`;
  return `${(bytes / KB / KB).toLocaleString(currentLocale(), { maximumFractionDigits: 1 })} MB`;
}

export function OneFile({ file, conversationId }: { file: MessageFile; conversationId: string }) {
  const [url, setUrl] = useState<string | null>(null);
  const isPicture = file.view === "picture" && file.state === "ready";
  useEffect(() => {
    if (!isPicture) return;
    let gone = false;
    // A picture is shown by its link, because an <img> carries no credential.
    void fileDoors.link(conversationId, file.id).then((link) => !gone && setUrl(link.url), () => undefined);
    return () => {
      gone = true;
    };
  }, [isPicture, conversationId, file.id]);
  const save = () => {
    void fileDoors.link(conversationId, file.id).then((link) => {
      const anchor = document.createElement("a");
      anchor.href = link.url;
      anchor.download = file.name;
      anchor.click();
    }, () => undefined);
  };
  if (file.state === "quarantined") return <p class="note">{t("widget.file.bad")}</p>;
  return (
    <button type="button" class="file" onClick={save} disabled={file.state !== "ready"} data-testid="file">
      {url !== null ? (
        <img src={url} alt={t("widget.file.open", { name: file.name })} class="picture" {...(file.width_px != null && file.height_px != null && { width: file.width_px, height: file.height_px })} />
      ) : (
        <>
          <Icon name="file" size={22} />
          <span class="filename">
            <span class="hidden">{t("widget.file.save")} </span>
            {file.name} <small>{file.state === "checking" ? t("widget.file.checking") : sayBytes(file.size_bytes)}</small>
          </span>
        </>
      )}
    </button>
  );
}

export function Upload({ file }: { file: SentFile }) {
  const { visit } = useParts();
  const { talk } = visit.state.get();
  const percent = Math.round(file.progress * 100);
  const failed = file.problem !== null;
  return (
    <div class="row own">
      <div class={`bubble own ${failed ? "unsent" : ""}`}>
        <div class="file" data-testid="upload">
          <Icon name="file" size={22} />
          <span class="filename">
            {file.name}
            <small role="status">{failed ? t("widget.file.failed") : t("widget.file.sending", { percent })}</small>
            {!failed && <progress max={100} value={percent} aria-hidden="true" />}
          </span>
          <button type="button" class="press small" aria-label={t("widget.file.dismiss", { name: file.name })} onClick={() => talk?.dismissFile(file.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      </div>
      {failed && (
        <p class="failed" role="alert" data-testid="upload-refused">
          {file.problem || t("widget.file.noAnswer")}{" "}
          {file.again && (
            <button type="button" class="link" onClick={() => talk?.retryFile(file.id)}>
              {t("widget.thread.retry")}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
