/** The tab Conferencing with its three areas: list, messages, details (CONF-002). */
import { Drawer } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { IconMessages } from "@tabler/icons-react";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useValue } from "@/base/useValue";
import { Details } from "@/conversations/details/Details";
import { ListPane } from "@/conversations/list/ListPane";
import { Thread } from "@/conversations/thread/Thread";
import { ThreadHeader } from "@/conversations/thread/ThreadHeader";
import type { ThreadPlace } from "@/conversations/thread/useThreadPlace";
import { viewing } from "@/files/viewing";

import classes from "./ConversationsPage.module.css";
import { useConversation } from "./queries";
import { useDeliveredMarks } from "./useDeliveredMarks";

const Viewer = lazy(() => import("@/files/Viewer").then(({ Viewer }) => ({ default: Viewer })));

export function ConversationsPage() {
  const { t } = useTranslation();
  const { conversationId } = useParams({ strict: false });
  const shown = useValue(viewing);
  useDeliveredMarks();
  return (
    <div className={classes.page} data-open={conversationId !== undefined || undefined}>
      <h1 className="visually-hidden">{t("common.nav.conferencing")}</h1>
      <section className={classes.list} aria-label={t("conversations.list.label")}>
        <ListPane openId={conversationId ?? null} />
      </section>
      {conversationId === undefined ? (
        <section className={classes.thread} aria-label={t("conversations.thread.label")}>
          <Empty icon={IconMessages} title={t("conversations.choose.title")} text={t("conversations.choose.text")} />
        </section>
      ) : (
        <OpenConversation key={conversationId} conversationId={conversationId} />
      )}
      {shown !== null && (
        <Suspense fallback={null}>
          <Viewer shown={shown} />
        </Suspense>
      )}
    </div>
  );
}

/** The message to be shown is named by the page's address. */
function usePlace(conversationId: string): ThreadPlace {
  const navigate = useNavigate();
  const { seq } = useSearch({ strict: false });
  const show = useCallback(
    (search: { seq?: number }) => void navigate({ to: "/conferencing/$conversationId", params: { conversationId }, search, replace: true }),
    [navigate, conversationId],
  );
  const go = useCallback((wanted: number) => show({ seq: wanted }), [show]);
  const arrived = useCallback(() => show({}), [show]);
  return { seq, go, arrived };
}

function OpenConversation({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const query = useConversation(conversationId);
  const place = usePlace(conversationId);
  const isWide = useMediaQuery("(min-width: 1180px)", window.innerWidth >= 1180);
  const [isPinned, setPinned] = useLocalStorage({ key: "centrala.details", defaultValue: true, getInitialValueInEffect: false });
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const conversation = query.data;

  if (query.isError) {
    return (
      <section className={classes.thread} aria-label={t("conversations.thread.label")}>
        <div className={classes.padded}>
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        </div>
      </section>
    );
  }
  if (conversation === undefined) {
    return (
      <section className={classes.thread}>
        <Loading />
      </section>
    );
  }
  return (
    <>
      <section className={classes.thread} aria-label={t("conversations.thread.label")}>
        <Thread
          conversation={conversation}
          place={place}
          header={(search) => (
            <ThreadHeader
              conversation={conversation}
              isDetailsOpen={isWide ? isPinned : isDrawerOpen}
              onToggleDetails={() => (isWide ? setPinned(!isPinned) : setDrawerOpen(true))}
              onSearch={search}
            />
          )}
        />
      </section>
      {isWide && isPinned && (
        <aside className={classes.details} aria-label={t("conversations.details.label")}>
          <Details conversation={conversation} />
        </aside>
      )}
      {!isWide && (
        <Drawer
          opened={isDrawerOpen}
          onClose={() => setDrawerOpen(false)}
          position="right"
          size={380}
          title={t("conversations.details.label")}
          closeButtonProps={{ "aria-label": t("common.close") }}
          classNames={{ body: classes.drawerBody ?? "" }}
        >
          <Details conversation={conversation} onShown={() => setDrawerOpen(false)} />
        </Drawer>
      )}
    </>
  );
}
