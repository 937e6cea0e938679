/** The communicator: what the agent has in hand and what waits, the open conversation, and whom it is with (CC-030). */
import { Button, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCoffee, IconHeadset, IconInbox } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useServerNow } from "@/base/useServerNow";
import { useValue } from "@/base/useValue";
import { useConversation } from "@/conversations/queries";
import { useAgentHome } from "@/desk/home/home";
import { QueueRow, QueueRows } from "@/desk/queue/QueueRow";
import { VisitPane } from "@/desk/visit/VisitPane";
import { VisitSide } from "@/desk/visit/VisitSide";
import { viewing } from "@/files/viewing";

import classes from "./DeskPage.module.css";
import { useQueue, useVisit } from "./queries";
import type { Visit } from "./rest";

const Viewer = lazy(() => import("@/files/Viewer").then(({ Viewer }) => ({ default: Viewer })));

function OwnRow({ visit, now_ms, isOpen, onOpen }: { visit: Visit; now_ms: number; isOpen: boolean; onOpen: () => void }) {
  const { data } = useConversation(visit.conversation_id);
  return <QueueRow visit={visit} now_ms={now_ms} isOpen={isOpen} unread={data?.unread ?? 0} onOpen={onOpen} />;
}

function Section({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <h2 className={classes.sectionTitle}>
        {title} <span className={classes.sectionCount}>{count}</span>
      </h2>
      {children}
    </section>
  );
}

function Lists({ openId }: { openId: string | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: queue, error, refetch } = useQueue();
  const now_ms = useServerNow();
  if (error !== null) {
    return (
      <div className={classes.padded}>
        <ProblemAlert error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (queue === undefined) return <Loading />;
  const open = (visit: Visit) => void navigate({ to: "/desk/$visitId", params: { visitId: visit.id } });
  const row = (visit: Visit, place?: number) => (
    <QueueRow key={visit.id} visit={visit} now_ms={now_ms} isOpen={visit.id === openId} onOpen={() => open(visit)} {...(place !== undefined && { place })} />
  );
  return (
    <div className={classes.lists}>
      <Section title={t("desk.list.mine")} count={queue.counts.mine}>
        {queue.visits.length === 0 ? (
          <p className={classes.nothing}>{t("desk.list.mineNone")}</p>
        ) : (
          <QueueRows>
            {queue.visits.map((visit) => (
              <OwnRow key={visit.id} visit={visit} now_ms={now_ms} isOpen={visit.id === openId} onOpen={() => open(visit)} />
            ))}
          </QueueRows>
        )}
      </Section>
      <Section title={t("desk.list.waiting")} count={queue.counts.waiting}>
        {queue.waiting.length === 0 ? (
          <p className={classes.nothing}>{t("desk.list.waitingNone")}</p>
        ) : (
          <QueueRows>{queue.waiting.map((visit, index) => row(visit, index + 1))}</QueueRows>
        )}
      </Section>
      {queue.messages.length > 0 && (
        <Section title={t("desk.list.messages")} count={queue.counts.messages}>
          <QueueRows>{queue.messages.map((visit) => row(visit))}</QueueRows>
        </Section>
      )}
    </div>
  );
}

function OpenVisit({ visitId }: { visitId: string }) {
  const { t } = useTranslation();
  const { data: details, error, refetch } = useVisit(visitId);
  const isWide = useMediaQuery("(min-width: 1180px)", window.innerWidth >= 1180);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  if (details === undefined) {
    return (
      <section className={classes.pane} aria-label={t("desk.pane.label")}>
        {error === null ? (
          <Loading />
        ) : (
          <div className={classes.padded}>
            <ProblemAlert error={error} onRetry={() => void refetch()} />
            <Button component={Link} to="/desk" variant="default" mt="md">
              {t("desk.pane.back")}
            </Button>
          </div>
        )}
      </section>
    );
  }
  return (
    <>
      <section className={classes.pane} aria-label={t("desk.pane.label")}>
        <VisitPane details={details} {...(!isWide && { onDetails: () => setDrawerOpen(true) })} />
      </section>
      {isWide ? (
        <aside className={classes.side} aria-label={t("desk.side.label")}>
          <VisitSide details={details} />
        </aside>
      ) : (
        <Drawer
          opened={isDrawerOpen}
          onClose={() => setDrawerOpen(false)}
          position="right"
          size={380}
          title={t("desk.side.label")}
          closeButtonProps={{ "aria-label": t("common.close") }}
          classNames={{ body: classes.drawer ?? "" }}
        >
          <VisitSide details={details} />
        </Drawer>
      )}
    </>
  );
}

export function DeskPage() {
  const { t } = useTranslation();
  const { visitId } = useParams({ strict: false });
  const home = useAgentHome();
  const { data: queue } = useQueue();
  const shown = useValue(viewing);
  if (home.data === undefined) return home.error === null ? <Loading /> : <ProblemAlert error={home.error} onRetry={() => void home.refetch()} />;
  const isEmptyHanded = (queue?.counts.mine ?? 0) === 0;
  if (home.data.projects.length === 0) return <Empty icon={IconHeadset} title={t("desk.noProject.title")} text={t("desk.noProject.text")} />;
  if (home.data.status !== "online" && isEmptyHanded && visitId === undefined) {
    return <Empty icon={IconCoffee} title={t("desk.away.title")} text={t("desk.away.text")} />;
  }
  return (
    <div className={classes.page} data-open={visitId !== undefined || undefined}>
      <h1 className="visually-hidden">{t("desk.title")}</h1>
      <nav className={classes.list} aria-label={t("desk.list.label")}>
        <Lists openId={visitId ?? null} />
      </nav>
      {visitId === undefined ? (
        <section className={classes.pane} aria-label={t("desk.pane.label")}>
          <Empty icon={IconInbox} title={t("desk.pane.none")} text={t("desk.pane.noneText")} />
        </section>
      ) : (
        <OpenVisit key={visitId} visitId={visitId} />
      )}
      {shown !== null && (
        <Suspense fallback={null}>
          <Viewer shown={shown} />
        </Suspense>
      )}
    </div>
  );
}
