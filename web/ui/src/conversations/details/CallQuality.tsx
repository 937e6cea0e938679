/** How good everybody's line was in a call that is over (BEY-015). */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useCallQuality } from "@/conversations/queries";
import type { LineSummary } from "@/conversations/rest";

function Line({ line }: { line: LineSummary }) {
  const { t, i18n } = useTranslation();
  const { duration } = useFormats();
  const number = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 1 });
  const facts = [
    line.score !== null && line.worst_score !== null
      ? t("conversations.call.quality.score", { mean: number.format(line.score), worst: number.format(line.worst_score) })
      : null,
    t("conversations.call.quality.loss", { mean: share.format(line.loss), worst: share.format(line.worst_loss) }),
    line.rtt_ms !== null ? t("conversations.call.quality.delay", { ms: Math.round(line.rtt_ms) }) : null,
    t("conversations.call.quality.jitter", { ms: Math.round(line.jitter_ms) }),
    line.heights.length > 0
      ? t("conversations.call.quality.heights", { heights: `${line.codec} ${line.heights.map((height) => `${String(height)}p`).join(", ")}` })
      : null,
    t(`conversations.call.quality.route.${line.route}`),
  ];
  return (
    <li>
      {t(`conversations.call.quality.${line.direction}`, { name: line.person.name, length: duration(line.duration_ms) })}
      <br />
      {facts.filter((fact) => fact !== null).join(", ")}
    </li>
  );
}

// locale-keys: conversations.call.quality.*
export function CallQuality({ conferenceId }: { conferenceId: string }) {
  const { t } = useTranslation();
  const query = useCallQuality(conferenceId);
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  if (query.data.length === 0) return <Text size="sm">{t("conversations.call.quality.none")}</Text>;
  return (
    <ul>
      {query.data.map((line) => (
        <Line key={`${line.person.id} ${line.direction}`} line={line} />
      ))}
    </ul>
  );
}
