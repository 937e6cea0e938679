/** Files on their way: how far each is, and what to do when one stands still (BEY-040). */
import { ActionIcon, Button, Progress, Text, Tooltip } from "@mantine/core";
import { IconAlertCircle, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { tellRefusal } from "@/base/problems";
import { useFeed } from "@/base/session";

import { chooseFiles } from "./choosing";
import { FilesFeed } from "./feed";
import { FileIcon } from "./FileIcon";
import { formatBytes } from "./files";
import classes from "./files.module.css";
import type { Batch, UploadItem } from "./uploads";

function Item({ batch, item }: { batch: Batch; item: UploadItem }) {
  const { t, i18n } = useTranslation();
  const { uploads } = useFeed(FilesFeed);
  const share = item.size_bytes === 0 ? 100 : (100 * item.sent_bytes) / item.size_bytes;
  const percent = item.state === "whole" ? 100 : Math.min(99, Math.floor(share));
  const words: Record<UploadItem["state"], string> = {
    waiting: t("files.state.waiting"),
    sending: t("files.state.sending", {
      sent: formatBytes(item.sent_bytes, i18n.language),
      size: formatBytes(item.size_bytes, i18n.language),
    }),
    paused: t("files.state.paused"),
    whole: t("files.state.whole"),
    failed: item.refusal !== null && item.refusal !== "" ? item.refusal : t("files.state.failed"),
    lost: t("files.state.lost"),
  };
  const giveAgain = () =>
    chooseFiles(
      ([file]) => {
        if (file !== undefined && !uploads.give(batch.client_id, item.id, file)) {
          tellRefusal(t("files.otherFile", { name: item.name }));
        }
      },
      { several: false },
    );
  return (
    <li>
      <span className={classes.icon}>
        <FileIcon type="" />
      </span>
      <div className="grow">
        <Text size="sm" fw={600} truncate>
          {item.name}
        </Text>
        <Progress value={percent} size="sm" my={4} animated={item.state === "sending"} aria-label={t("files.progress", { name: item.name })} color={item.state === "failed" ? "red" : "violet"} />
        <Text size="xs" className={classes.small ?? ""} role={item.state === "failed" ? "alert" : undefined}>
          {words[item.state]}
        </Text>
        {item.state === "failed" && (
          <Button size="compact-xs" variant="default" mt={4} onClick={() => uploads.retry(batch.client_id, item.id)}>
            {t("common.retry")}
          </Button>
        )}
        {item.state === "lost" && (
          <Button size="compact-xs" variant="default" mt={4} onClick={giveAgain}>
            {t("files.chooseAgain")}
          </Button>
        )}
      </div>
      <Tooltip label={t("files.cancel", { name: item.name })}>
        <ActionIcon variant="subtle" color="gray" size={36} radius="xl" aria-label={t("files.cancel", { name: item.name })} onClick={() => uploads.cancel(batch.client_id, item.id)}>
          <IconX size={18} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

export function PendingUpload({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const { uploads } = useFeed(FilesFeed);
  return (
    <div className={classes.pending} data-row={batch.client_id} role="group" aria-label={t("files.pending")}>
      <ul className={classes.chosen}>
        {batch.items.map((item) => (
          <Item key={item.id} batch={batch} item={item} />
        ))}
      </ul>
      {batch.text !== "" && <p className={classes.caption}>{batch.text}</p>}
      {batch.refusal !== null && (
        <div className={classes.refused} role="alert">
          <IconAlertCircle size={16} aria-hidden="true" />
          <span className="grow">{batch.refusal}</span>
          <Button size="compact-xs" variant="default" onClick={() => uploads.repost(batch.client_id)}>
            {t("common.retry")}
          </Button>
        </div>
      )}
    </div>
  );
}
