/** Pictures, sound, films and PDF over the whole page; everything else is only saved (BEY-040). */
import { ActionIcon, Button, Group, Loader, Modal, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconArrowLeft, IconArrowRight, IconDownload, IconMessage2, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { ProblemAlert, tellProblem } from "@/base/problems";
import { Filled } from "@/base/slots";

import { formatBytes, linkTo, saveFile } from "./files";
import { viewerActions } from "./slots";
import classes from "./Viewer.module.css";
import { ViewerButton } from "./ViewerButton";
import { viewing, type Viewed, type Viewing } from "./viewing";

const PdfView = lazy(() => import("./PdfView").then(({ PdfView }) => ({ default: PdfView })));
const LINK_LIVES_MS = 8 * 60_000;

function Unplayable({ item }: { item: Viewed }) {
  const { t } = useTranslation();
  return (
    <div className={classes.notice}>
      <Text c="white">{t("files.viewer.unplayable")}</Text>
      <Button mt="md" variant="white" leftSection={<IconDownload size={18} />} onClick={() => void saveFile(item.conversationId, item.file).catch(tellProblem)}>
        {t("files.download")}
      </Button>
    </div>
  );
}

/** A film or sound; its address lasts for minutes, so a long one asks for another where it stopped. */
function Player({ item, url, onStale }: { item: Viewed; url: string; onStale: () => void }) {
  const { t } = useTranslation();
  const position = useRef(0);
  const failed = useRef<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <Unplayable item={item} />;
  const events = {
    src: url,
    controls: true,
    autoPlay: true,
    "aria-label": t("files.viewer.player", { name: item.file.name }),
    onTimeUpdate: (event: { currentTarget: HTMLMediaElement }) => {
      if (event.currentTarget.currentTime > 0) position.current = event.currentTarget.currentTime;
    },
    onLoadedMetadata: (event: { currentTarget: HTMLMediaElement }) => {
      if (position.current > 0) event.currentTarget.currentTime = position.current;
    },
    onError: () => {
      if (failed.current !== null && failed.current !== url) setBroken(true);
      else if (failed.current === null) {
        failed.current = url;
        onStale();
      }
    },
    onPlaying: () => {
      failed.current = null;
    },
  };
  return item.file.view === "audio" ? <audio className={classes.audio} {...events} /> : <video className={classes.video} playsInline {...events} />;
}

function Picture({ item, url }: { item: Viewed; url: string }) {
  const { t } = useTranslation();
  const [isWhole, setWhole] = useState(true);
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <Unplayable item={item} />;
  return (
    <div className={classes.scroller} data-whole={isWhole || undefined}>
      <button type="button" className={classes.zoom} aria-label={isWhole ? t("files.viewer.zoomIn") : t("files.viewer.zoomOut")} onClick={() => setWhole(!isWhole)}>
        <img src={url} alt={item.file.name} onError={() => setBroken(true)} />
      </button>
    </div>
  );
}

function Content({ item }: { item: Viewed }) {
  const query = useQuery({
    queryKey: ["file link", item.file.id],
    queryFn: () => linkTo(item.conversationId, item.file.id),
    staleTime: LINK_LIVES_MS,
    gcTime: LINK_LIVES_MS,
    refetchOnWindowFocus: false,
  });
  const waiting = <Loader color="white" />;
  if (query.isError) {
    return (
      <div className={classes.notice}>
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  if (query.data === undefined) return waiting;
  if (item.file.view === "picture") return <Picture key={item.file.id} item={item} url={query.data} />;
  if (item.file.view === "pdf") {
    return (
      <Suspense fallback={waiting}>
        <PdfView key={item.file.id} url={query.data} name={item.file.name} />
      </Suspense>
    );
  }
  return <Player key={item.file.id} item={item} url={query.data} onStale={() => void query.refetch()} />;
}

/** inCall  in a call's window, which stays where it is */
export function Viewer({ shown, inCall = false }: { shown: Viewing; inCall?: boolean }) {
  const { t, i18n } = useTranslation();
  const { dateTime } = useFormats();
  const navigate = useNavigate();
  const { items, index } = shown;
  const item = items[index];
  const step = (by: number) => {
    if (items[index + by] !== undefined) viewing.set({ items, index: index + by });
  };
  // In a player the arrows wind.
  useHotkeys(
    [
      ["ArrowLeft", () => step(-1)],
      ["ArrowRight", () => step(1)],
    ],
    ["VIDEO", "AUDIO"],
  );
  const close = () => viewing.set(null);
  if (item === undefined) return null;
  const showInConversation = () => {
    close();
    void navigate({ to: "/conferencing/$conversationId", params: { conversationId: item.conversationId }, search: { seq: item.seq } });
  };
  return (
    <Modal.Root opened onClose={close} fullScreen padding={0} transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content className={classes.content ?? ""} aria-label={t("files.viewer.label", { name: item.file.name })}>
        <Modal.Body className={classes.body ?? ""}>
          <header className={classes.header}>
            <div className={classes.title}>
              <Text fw={600} truncate>
                {item.file.name}
              </Text>
              <Text size="xs" truncate className={classes.sub ?? ""}>
                {item.authorName} · {dateTime(item.created_at_ms)} · {formatBytes(item.file.size_bytes, i18n.language)}
              </Text>
            </div>
            <Group gap={4} wrap="nowrap">
              <Filled slot={viewerActions}>{(Action) => <Action item={item} />}</Filled>
              {!inCall && <ViewerButton label={t("files.viewer.show")} icon={IconMessage2} onClick={showInConversation} />}
              <ViewerButton label={t("files.download")} icon={IconDownload} onClick={() => void saveFile(item.conversationId, item.file).catch(tellProblem)} />
              <ViewerButton label={t("common.close")} icon={IconX} onClick={close} />
            </Group>
          </header>
          <div className={classes.stage}>
            <Content item={item} />
            {index > 0 && (
              <ActionIcon className={`${classes.button ?? ""} ${classes.before ?? ""}`} size={48} radius="xl" aria-label={t("files.viewer.before")} onClick={() => step(-1)}>
                <IconArrowLeft size={24} />
              </ActionIcon>
            )}
            {index < items.length - 1 && (
              <ActionIcon className={`${classes.button ?? ""} ${classes.after ?? ""}`} size={48} radius="xl" aria-label={t("files.viewer.after")} onClick={() => step(1)}>
                <IconArrowRight size={24} />
              </ActionIcon>
            )}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
