/** What was written in a contact that is not in hand, without leaving the page (CC-038). */
import { Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { formatPhone } from "@/base/phones";
import { ProblemAlert } from "@/base/problems";
import { keys } from "@/desk/keys";
import { api, type Visit } from "@/desk/rest";
import { describeFiles } from "@/files/files";
import { isWritten } from "@/protocol/messages";

import classes from "./Preview.module.css";

const EVERY_MS = 4_000;

export function Preview({ visit, last }: { visit: Visit; last?: number }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const { data, error, refetch } = useQuery({ queryKey: keys.visitPreview(visit.id), queryFn: () => api.messages(visit.id), refetchInterval: EVERY_MS });
  const { form } = visit;
  if (form !== null && (data?.items.length ?? 0) === 0) {
    return (
      <div className={classes.preview}>
        <Text size="xs" c="dimmed">
          {[form.name, form.email, formatPhone(form.phone)].filter((part) => part !== "").join(" · ")}
        </Text>
        <p className={classes.previewText}>{form.text}</p>
      </div>
    );
  }
  if (error !== null) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loader size="xs" m="xs" aria-label={t("common.loading")} />;
  const written = data.items.filter((message) => isWritten(message) && message.deleted_at_ms === null);
  if (written.length === 0) return <p className={classes.previewNone}>{t("desk.preview.none")}</p>;
  return (
    <ul className={classes.preview}>
      {(last === undefined ? written : written.slice(-last)).map((message) => (
        <li key={message.id}>
          <span className={classes.previewWho}>
            {message.author.kind === "visitor" ? t("desk.preview.visitor") : message.author.name} · {time(message.created_at_ms)}
          </span>
          <p className={classes.previewText}>{message.kind === "file" ? describeFiles(message) : message.text}</p>
        </li>
      ))}
    </ul>
  );
}
