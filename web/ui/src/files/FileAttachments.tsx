/** The files of a message: pictures as pictures, the rest as rows that open or are saved (CONF-015). */
import { ActionIcon, Loader, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconDownload, IconPlayerPlayFilled, IconShieldX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import type { Message, MessageFile } from "@/protocol/conversations";

import { FileIcon } from "./FileIcon";
import { filesOfMessage, formatBytes, saveFile } from "./files";
import classes from "./files.module.css";
import { canView, openViewer, type Viewed } from "./viewing";

const TILE_PX = 280;

export function viewedOf(message: Message): Viewed[] {
  return filesOfMessage(message).map((file) => ({
    file,
    conversationId: message.conversation_id,
    seq: message.seq,
    authorName: message.author.name,
    created_at_ms: message.created_at_ms,
  }));
}

/** Show it where it can be shown, else save it. */
export function openFile(viewed: readonly Viewed[], file: MessageFile, conversationId: string): void {
  if (canView(file)) openViewer(viewed, file.id);
  else if (file.state === "ready") void saveFile(conversationId, file).catch(tellProblem);
}

/** The size a picture is shown at, known before it is here, so that nothing jumps. */
function boxOf(file: MessageFile, alone: boolean): { width: number; height: number } {
  if (!alone) return { width: 124, height: 124 };
  const width = Math.max(1, file.width_px ?? TILE_PX);
  const height = Math.max(1, file.height_px ?? TILE_PX);
  const scale = Math.min(1, TILE_PX / width, TILE_PX / height);
  return { width: Math.max(64, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}

function PictureTile({ file, alone, onOpen }: { file: MessageFile; alone: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const { width, height } = boxOf(file, alone);
  return (
    <UnstyledButton className={classes.tile} onClick={onOpen} aria-label={t("files.open", { name: file.name })}>
      <img src={file.preview_url ?? ""} alt="" width={width} height={height} loading="lazy" decoding="async" data-cropped={!alone || undefined} />
    </UnstyledButton>
  );
}

export function FileRow({ file, onOpen, onSave }: { file: MessageFile; onOpen: () => void; onSave: () => void }) {
  const { t, i18n } = useTranslation();
  const size = formatBytes(file.size_bytes, i18n.language);
  const isBad = file.state === "quarantined";
  const said = isBad ? t("files.quarantined") : file.state === "checking" ? t("files.checking") : size;
  return (
    <div className={classes.row} data-state={file.state}>
      <UnstyledButton className={classes.open} disabled={file.state !== "ready"} onClick={onOpen}>
        <span className={classes.icon}>
          {file.preview_url !== null ? (
            <img src={file.preview_url} alt="" loading="lazy" decoding="async" />
          ) : isBad ? (
            <IconShieldX size={24} aria-hidden="true" />
          ) : (
            <FileIcon type={file.content_type} />
          )}
          {file.view === "video" && file.state === "ready" && <IconPlayerPlayFilled className={classes.play ?? ""} size={14} aria-hidden="true" />}
        </span>
        <span className="grow">
          <Text size="sm" fw={600} lineClamp={2} className={classes.name ?? ""}>
            <span className="visually-hidden">{canView(file) ? t("files.verb.open") : t("files.verb.save")} </span>
            {file.name}
          </Text>
          <Text size="xs" className={classes.small ?? ""} component="span">
            {file.state === "checking" && <Loader size={10} color="gray" mr={6} aria-hidden="true" />}
            {said}
          </Text>
        </span>
      </UnstyledButton>
      {file.state === "ready" && canView(file) && (
        <Tooltip label={t("files.save", { name: file.name })}>
          <ActionIcon variant="subtle" color="gray" size={36} radius="xl" aria-label={t("files.save", { name: file.name })} onClick={onSave}>
            <IconDownload size={18} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

export function FileAttachments({ message }: { message: Message }) {
  const viewed = viewedOf(message);
  const files = viewed.map((item) => item.file);
  const pictures = files.filter((file) => canView(file) && file.preview_url !== null && file.view === "picture");
  const others = files.filter((file) => !pictures.includes(file));
  const save = (file: MessageFile) => void saveFile(message.conversation_id, file).catch(tellProblem);
  return (
    <div className={classes.files}>
      {pictures.length > 0 && (
        <div className={classes.pictures}>
          {pictures.map((file) => (
            <PictureTile key={file.id} file={file} alone={pictures.length === 1} onOpen={() => openViewer(viewed, file.id)} />
          ))}
        </div>
      )}
      {others.map((file) => (
        <FileRow key={file.id} file={file} onOpen={() => openFile(viewed, file, message.conversation_id)} onSave={() => save(file)} />
      ))}
    </div>
  );
}
