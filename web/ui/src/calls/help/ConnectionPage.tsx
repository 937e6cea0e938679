/** Whether calls work from here: tries every way to the server and says what works, what a call takes, what to open (BEY-061). */
import { Alert, Button, Loader, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Page, Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { ProblemAlert } from "@/base/problems";
import { useLive } from "@/base/session";
import { useValue } from "@/base/useValue";
import { api } from "@/calls/rest";

import { chooseWay, listProbes, run, type Outcome, type Probe } from "./probes";

type State = "running" | "works" | "fails" | "unknown";
type Permission = "granted" | "denied" | "prompt" | "none" | "unknown";

interface Findings {
  probes: readonly Probe[];
  outcomes: ReadonlyMap<string, Outcome>;
  error: unknown;
  isDone: boolean;
}

const NOTHING: Findings = { probes: [], outcomes: new Map(), error: null, isDone: false };

/** Run all tries, telling of each as it ends. */
async function tryAll(tell: (change: (before: Findings) => Findings) => void, isStale: () => boolean): Promise<void> {
  tell(() => NOTHING);
  try {
    const { ice_servers, over_tcp } = await api.lineTest.describe();
    const probes = listProbes(ice_servers, over_tcp);
    tell((before) => ({ ...before, probes }));
    await Promise.all(
      probes.map(async (probe) => {
        const outcome = await run(probe);
        tell((before) => ({ ...before, outcomes: new Map(before.outcomes).set(probe.id, outcome) }));
      }),
    );
    if (!isStale()) await api.lineTest.end();
  } catch (error) {
    tell((before) => ({ ...before, error }));
  }
  tell((before) => ({ ...before, isDone: true }));
}

async function readPermission(kind: "microphone" | "camera"): Promise<Permission> {
  // Without a secure page a browser has no devices at all.
  if (!window.isSecureContext) return "none";
  const wanted = kind === "microphone" ? "audioinput" : "videoinput";
  const devices = await navigator.mediaDevices.enumerateDevices();
  if (!devices.some((device) => device.kind === wanted)) return "none";
  const asked = await navigator.permissions.query({ name: kind }).catch(() => null);
  return asked?.state ?? "unknown";
}

function usePermissions(): Record<"microphone" | "camera", Permission> {
  const [found, setFound] = useState<Record<"microphone" | "camera", Permission>>({ microphone: "unknown", camera: "unknown" });
  useEffect(() => {
    void Promise.all([readPermission("microphone"), readPermission("camera")]).then(([microphone, camera]) =>
      setFound({ microphone, camera }),
    );
  }, []);
  return found;
}

function Sign({ state }: { state: State }) {
  if (state === "running") return <Loader size={22} />;
  if (state === "works") return <IconCircleCheck size={24} color="var(--mantine-color-green-7)" aria-hidden="true" />;
  if (state === "fails") return <IconCircleX size={24} color="var(--mantine-color-red-7)" aria-hidden="true" />;
  return <IconCircleDashed size={24} aria-hidden="true" />;
}

// locale-keys: help.connection.state.*
function Check({ id, state, name, children }: { id: string; state: State; name: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Row data-testid={`check-${id}`} data-state={state}>
      <Sign state={state} />
      <div className="grow">
        <Text fw={600} size="sm">
          {name}
          <span className="visually-hidden">{`: ${t(`help.connection.state.${state}`)}`}</span>
        </Text>
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      </div>
    </Row>
  );
}

// locale-keys: help.connection.way.*
// locale-keys: help.connection.relay.*
function useNames() {
  const { t } = useTranslation();
  return (probe: Probe) =>
    probe.way === "relay" ? t(`help.connection.relay.${probe.over}`, { place: probe.place }) : t(`help.connection.way.${probe.way}`);
}

function ProbeCheck({ probe, outcome, isDone }: { probe: Probe; outcome: Outcome | undefined; isDone: boolean }) {
  const { t } = useTranslation();
  const nameOf = useNames();
  const state: State = outcome === undefined ? (isDone ? "unknown" : "running") : outcome.works ? "works" : "fails";
  const trip = outcome?.rttMs != null ? ` ${t("help.connection.trip", { ms: outcome.rttMs })}` : "";
  return (
    <Check id={probe.id} state={state} name={nameOf(probe)}>
      {t(`help.connection.state.${state}`)}
      {trip}
    </Check>
  );
}

// locale-keys: help.connection.use.*
// locale-keys: help.connection.open.*
function Verdict({ probes, outcomes }: Findings) {
  const { t } = useTranslation();
  const nameOf = useNames();
  const chosen = chooseWay(probes, outcomes);
  const failed = probes.filter((probe) => outcomes.get(probe.id)?.works === false);
  const use = chosen === null ? "none" : chosen.way;
  const color = use === "udp" ? "green" : use === "none" ? "red" : "yellow";
  return (
    <>
      <Alert color={color} icon={<IconInfoCircle />} data-testid="verdict" data-use={chosen?.id ?? "none"} variant="outline">
        {t(`help.connection.use.${use}`, { name: chosen === null ? "" : nameOf(chosen) })}
      </Alert>
      {failed.length > 0 && (
        <div data-testid="to-open">
          <Text fw={600} size="sm" mt="md">
            {t("help.connection.toOpen")}
          </Text>
          <ul>
            {failed.map((probe) => (
              <li key={probe.id}>
                <Text size="sm">
                  {t(`help.connection.open.${probe.way === "relay" ? `relay-${probe.over}` : probe.way}`, {
                    ports: outcomes.get(probe.id)?.ports.join(", "),
                    place: probe.place,
                  })}
                </Text>
              </li>
            ))}
          </ul>
        </div>
      )}
      {!probes.some((probe) => probe.way === "relay") && use !== "udp" && (
        <Text size="sm" c="dimmed" mt="sm">
          {t("help.connection.noRelay")}
        </Text>
      )}
    </>
  );
}

// locale-keys: help.connection.device.* help.connection.microphone help.connection.camera
export function ConnectionPage() {
  const { t } = useTranslation();
  const link = useValue(useLive().link);
  const permissions = usePermissions();
  const [findings, setFindings] = useState(NOTHING);
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);

  useEffect(() => {
    let isStale = false;
    void tryAll(
      (change) => {
        if (!isStale) setFindings(change);
      },
      () => isStale,
    );
    return () => {
      isStale = true;
    };
  }, [round]);

  const isSecure = window.isSecureContext;
  return (
    <Page title={t("help.connection.title")}>
      <Panel
        title={t("help.connection.result")}
        text={t("help.connection.intro")}
        action={
          <Button variant="default" size="sm" disabled={!findings.isDone} onClick={again} data-testid="again">
            {t("help.connection.again")}
          </Button>
        }
      >
        <div aria-live="polite">
          {findings.error !== null && <ProblemAlert error={findings.error} onRetry={again} />}
          {findings.isDone && findings.error === null && <Verdict {...findings} />}
          {!findings.isDone && <Text size="sm">{t("help.connection.running")}</Text>}
        </div>
      </Panel>
      <Panel title={t("help.connection.checks")}>
        <Rows>
          <Check id="page" state={isSecure ? "works" : "fails"} name={t("help.connection.page")}>
            {t(isSecure ? "help.connection.pageSecure" : "help.connection.pageInsecure")}
          </Check>
          <Check id="socket" state={link === "online" ? "works" : findings.isDone ? "fails" : "running"} name={t("help.connection.socket")}>
            {t(link === "online" ? "help.connection.socketWorks" : "help.connection.socketFails")}
          </Check>
          {findings.probes.map((probe) => (
            <ProbeCheck key={probe.id} probe={probe} outcome={findings.outcomes.get(probe.id)} isDone={findings.isDone} />
          ))}
          {(["microphone", "camera"] as const).map((kind) => {
            const permission = permissions[kind];
            const state = permission === "granted" ? "works" : permission === "denied" || permission === "none" ? "fails" : "unknown";
            return (
              <Check key={kind} id={kind} state={state} name={t(`help.connection.${kind}`)}>
                {t(`help.connection.device.${permission}`)}
              </Check>
            );
          })}
        </Rows>
      </Panel>
    </Page>
  );
}
