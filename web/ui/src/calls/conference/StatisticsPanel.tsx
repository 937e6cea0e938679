/** The numbers of the call: per person and direction what the server sees, and what this browser counts itself. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import { StatisticsReader, type Route, type Statistics, type StreamStatistics } from "@/media/peer/statistics";
import { troubleOf, type LineQuality } from "@/media/quality";

import { useCall } from "./callContext";
import { SidePanel } from "./SidePanel";
import classes from "./StatisticsPanel.module.css";

const LOOK_MS = 2_000;
type Fact = readonly [label: string, value: string] | null;

function useStatistics(): Statistics | null {
  const call = useCall();
  const [found, setFound] = useState<Statistics | null>(null);
  useEffect(() => {
    const reader = new StatisticsReader();
    let gone = false;
    const look = () =>
      void reader.read({ publish: call.publish.current, receive: call.receive.current }).then((statistics) => {
        if (!gone) setFound(statistics);
      });
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [call]);
  return found;
}

function useWords() {
  const { t, i18n } = useTranslation();
  const write = (value: number, digits = 0) => new Intl.NumberFormat(i18n.language, { maximumFractionDigits: digits }).format(value);
  const rate = (bps: number) => (bps >= 1_000_000 ? t("conference.statistics.mbps", { value: write(bps / 1e6, 1) }) : t("conference.statistics.kbps", { value: write(bps / 1000) }));
  const share = (loss: number) => `${write(100 * loss, 1)} %`;
  const time = (ms: number) => t("conference.statistics.ms", { value: write(ms) });
  const route = ({ relayed, protocol }: Route) => t(relayed ? "conference.statistics.relayed" : "conference.statistics.direct", { protocol: protocol.toUpperCase() });
  const picture = ({ width, height, framesPerS }: StreamStatistics) =>
    t("conference.statistics.picture", { width, height, rate: write(framesPerS) });
  return { t, write, rate, share, time, route, picture };
}

function Facts({ title, facts }: { title: string; facts: readonly Fact[] }) {
  const shown = facts.filter((fact) => fact !== null);
  if (shown.length === 0) return null;
  return (
    <>
      <h4 className={classes.way}>{title}</h4>
      <dl className={classes.facts}>
        {shown.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** One direction of one person, as the server sees it. */
function ServerFacts({ title, line, route }: { title: string; line: LineQuality | undefined; route?: Route | null | undefined }) {
  const { t, write, rate, share, time, route: writeRoute } = useWords();
  if (line === undefined) return null;
  return (
    <Facts
      title={title}
      facts={[
        [t("conference.statistics.rate"), rate(line.rate_bps)],
        [t("conference.statistics.loss"), share(line.loss)],
        line.rtt_ms === null ? null : [t("conference.statistics.rtt"), time(line.rtt_ms)],
        [t("conference.statistics.jitter"), time(line.jitter_ms)],
        line.sound === null ? null : [t("conference.statistics.sound"), t("conference.statistics.score", { value: write(line.sound, 1) })],
        line.picture === null ? null : [t("conference.statistics.pictureScore"), t("conference.statistics.score", { value: write(line.picture, 1) })],
        line.codec === "" ? null : [t("conference.statistics.codec"), line.codec],
        line.heights.length === 0 ? null : [t("conference.statistics.layers"), line.heights.map((height) => t("conference.statistics.lines", { value: height })).join(", ")],
        [t("conference.statistics.route"), route ? writeRoute(route) : line.route.toUpperCase()],
      ]}
    />
  );
}

/** One stream as this browser counts it. */
function StreamFacts({ stream }: { stream: StreamStatistics }) {
  const { t, rate, share, time, picture } = useWords();
  // locale-keys: conference.statistics.source.*
  const source = t(`conference.statistics.source.${stream.source}`);
  const title = stream.layer === "" ? source : t("conference.statistics.layerOf", { source, layer: stream.layer });
  return (
    <Facts
      title={title}
      facts={[
        [t("conference.statistics.rate"), rate(stream.rateBps)],
        stream.loss === null ? null : [t("conference.statistics.loss"), share(stream.loss)],
        stream.rttMs === null ? null : [t("conference.statistics.rtt"), time(stream.rttMs)],
        stream.height === 0 ? null : [t("conference.statistics.resolution"), picture(stream)],
        stream.codec === "" ? null : [t("conference.statistics.codec"), stream.codec],
      ]}
    />
  );
}

export default function StatisticsPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const call = useCall();
  const { conference, participantId } = useValue(call.state);
  const quality = useValue(call.quality);
  const statistics = useStatistics();
  const participants = [...(conference?.participants ?? [])].sort((a, b) => Number(b.id === participantId) - Number(a.id === participantId));
  return (
    <SidePanel kind="statistics" title={t("conference.statistics.title")} testId="statistics" onClose={onClose}>
      <p className={classes.hint}>{t("conference.statistics.hint")}</p>
      <ul className={classes.people} tabIndex={0} aria-label={t("conference.statistics.title")}>
        {participants.map(({ id, name }) => {
          const own = id === participantId;
          const seen = quality.get(id);
          const level = troubleOf(seen)?.level ?? "good";
          const streams = (statistics?.streams ?? []).filter(({ owner, rateBps }) => owner === (own ? null : id) && rateBps > 0);
          return (
            <li key={id} className={classes.person} data-testid={`statistics-${id}`}>
              <h3 className={classes.name}>
                {own ? t("conference.you") : name}
                {seen !== undefined && (
                  <span className={classes.level} data-level={level}>
                    {/* locale-keys: conference.statistics.level.* */}
                    {t(`conference.statistics.level.${level}`)}
                  </span>
                )}
              </h3>
              {seen === undefined && <p className={classes.way}>{t("conference.statistics.nothing")}</p>}
              <ServerFacts title={t("conference.statistics.sends")} line={seen?.publish} route={own ? statistics?.routes.publish : null} />
              <ServerFacts title={t("conference.statistics.receives")} line={seen?.receive} route={own ? statistics?.routes.receive : null} />
              {streams.map((stream) => (
                <StreamFacts key={stream.id} stream={stream} />
              ))}
            </li>
          );
        })}
      </ul>
    </SidePanel>
  );
}
