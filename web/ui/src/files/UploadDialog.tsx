/** Between choosing and sending: which files, a caption, and whether pictures keep where they were taken (CONF-014). */
import { ActionIcon, Button, Checkbox, Group, Modal, ScrollArea, Text, Textarea } from "@mantine/core";
import { IconFilePlus, IconUpload, IconX } from "@tabler/icons-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFeed } from "@/base/session";

import { attachFiles, chooseFiles, tray, type Tray } from "./choosing";
import { FilesFeed } from "./feed";
import { FileIcon } from "./FileIcon";
import { formatBytes } from "./files";
import classes from "./files.module.css";

const CAPTION_LENGTH_MAX = 10_000;
const SHOWN_PICTURES = /^image\/(png|jpeg|webp|gif|bmp|avif)$/;

function Preview({ file }: { file: File }) {
  const isPicture = SHOWN_PICTURES.test(file.type) && file.size < 30_000_000;
  const url = useMemo(() => (isPicture ? URL.createObjectURL(file) : null), [file, isPicture]);
  useEffect(() => () => (url === null ? undefined : URL.revokeObjectURL(url)), [url]);
  return <span className={classes.icon}>{url === null ? <FileIcon type={file.type} /> : <img src={url} alt="" />}</span>;
}

export function UploadDialog({ chosen }: { chosen: Tray }) {
  const { t, i18n } = useTranslation();
  const { uploads } = useFeed(FilesFeed);
  const [caption, setCaption] = useState("");
  const [keepsPosition, setKeepsPosition] = useState(false);
  const { conversationId, files } = chosen;
  const hasPictures = files.some((file) => file.type.startsWith("image/"));
  const close = () => tray.set(null);
  const send = () => {
    uploads.add(conversationId, files, caption.trim(), keepsPosition);
    close();
  };
  const leaveOut = (file: File) => {
    const rest = files.filter((other) => other !== file);
    tray.set(rest.length === 0 ? null : { conversationId, files: rest });
  };
  return (
    <Modal opened onClose={close} title={t("files.dialog.title", { count: files.length })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <ScrollArea.Autosize mah={320} mx={-4} px={4}>
        <ul className={classes.chosen}>
          {files.map((file, index) => (
            <li key={`${file.name} ${file.size} ${file.lastModified} ${index}`}>
              <Preview file={file} />
              <div className="grow">
                <Text size="sm" fw={600} truncate>
                  {file.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {formatBytes(file.size, i18n.language)}
                </Text>
              </div>
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("files.dialog.leaveOut", { name: file.name })} onClick={() => leaveOut(file)}>
                <IconX size={18} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      </ScrollArea.Autosize>
      <Button variant="subtle" size="compact-sm" leftSection={<IconFilePlus size={17} />} my="xs" onClick={() => chooseFiles((more) => attachFiles(conversationId, more))}>
        {t("files.dialog.more")}
      </Button>
      <Textarea
        label={t("files.dialog.caption")}
        autosize
        minRows={2}
        maxRows={5}
        maxLength={CAPTION_LENGTH_MAX}
        value={caption}
        data-autofocus
        onChange={(event) => setCaption(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {hasPictures && (
        <Checkbox
          mt="sm"
          size="sm"
          label={t("files.dialog.keepPosition")}
          checked={keepsPosition}
          onChange={(event) => setKeepsPosition(event.currentTarget.checked)}
        />
      )}
      <Group justify="flex-end" gap="sm" mt="lg">
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <Button leftSection={<IconUpload size={18} />} onClick={send}>
          {t("files.dialog.send")}
        </Button>
      </Group>
    </Modal>
  );
}
