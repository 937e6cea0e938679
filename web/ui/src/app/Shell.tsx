/** The frame around every page: top bar, on phones a bar below; what may come at any moment stands above the pages. */
import { Text } from "@mantine/core";
import { IconEye, IconHeadset, IconHome, IconMessages, IconPlugConnectedX, IconSettings, IconUser } from "@tabler/icons-react";
import { Link, Outlet, useMatches } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { Mark } from "@/base/Mark";
import { useLive, useMay, useSession } from "@/base/session";
import { useStore } from "@/base/store";
import { useLate } from "@/base/useLate";
import { LobbyAlerts } from "@/calls/lobby/LobbyAlerts";
import { CallAlerts, SoundHint } from "@/calls/ringing/CallAlerts";
import { useUnreadTotal } from "@/conversations/list/unread";
import { useDeskTab } from "@/desk/queue/useDeskTab";

import { AccountMenu } from "./AccountMenu";
import classes from "./Shell.module.css";

const DeskBar = lazy(() => import("@/desk/queue/DeskBar"));
const OutgoingProject = lazy(() => import("@/desk/home/OutgoingProject"));

const OFFLINE_PATIENCE_MS = 2_500;

function LinkBanner() {
  const { t } = useTranslation();
  const link = useStore(useLive().link);
  const isLost = useLate(link !== "online", OFFLINE_PATIENCE_MS);
  return (
    <div role="status" aria-live="polite">
      {isLost && (
        <div className={classes.banner}>
          <IconPlugConnectedX size={18} aria-hidden="true" />
          <Text size="sm">{t("common.offline")}</Text>
        </div>
      )}
    </div>
  );
}

function Badge({ count }: { count: number }) {
  const { t } = useTranslation();
  if (count === 0) return null;
  return (
    <span className={classes.badge}>
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="visually-hidden">{t("common.unread", { count })}</span>
    </span>
  );
}

/** So many tabs fill a phone's width; the profile is in the account's menu as well. */
const MANY_TABS = 4;

export function Shell() {
  const { t } = useTranslation();
  const isAdmin = useMay("people.manage");
  const { organisation } = useSession();
  const unread = useUnreadTotal();
  const desk = useDeskTab();
  // In an opened conversation a phone has no room for the bars.
  const isDeep = useMatches({ select: (matches) => matches.some((match) => /\/\$(conversationId|visitId)$/.test(match.routeId)) });
  const isStaff = useMay("desk.work");
  const items = [
    ...(isStaff ? [{ to: "/home", label: t("common.nav.home"), icon: IconHome, count: 0 }] : []),
    ...(desk.isShown ? [{ to: "/desk", label: t("common.nav.desk"), icon: IconHeadset, count: desk.count }] : []),
    { to: "/conferencing", label: t("common.nav.conferencing"), icon: IconMessages, count: unread },
    ...(desk.isSupervisor ? [{ to: "/supervision", label: t("common.nav.supervision"), icon: IconEye, count: 0 }] : []),
    ...(isAdmin ? [{ to: "/admin", label: t("common.nav.admin"), icon: IconSettings, count: 0 }] : []),
  ] as const;

  return (
    <div className={classes.shell} data-deep={isDeep || undefined}>
      <a className="skip-link" href="#main">
        {t("common.skip")}
      </a>
      <header className={classes.bar}>
        <Link to="/conferencing" className={classes.brand} aria-label={t("common.home")}>
          <Mark size={30} />
          <span>Centrala</span>
        </Link>
        <nav className={classes.tabs} aria-label={t("common.nav.label")}>
          {items.map(({ to, label, icon: Icon, count }) => (
            <Link key={to} to={to} className={classes.tab} activeProps={{ "data-active": true }}>
              <Icon size={19} aria-hidden="true" />
              <span>{label}</span>
              <Badge count={count} />
            </Link>
          ))}
        </nav>
        <SoundHint />
        {desk.isAgent && (
          <Suspense fallback={null}>
            <DeskBar />
          </Suspense>
        )}
        <Text component="span" size="sm" className={classes.organisation} truncate>
          {organisation.name}
        </Text>
        {isStaff && (
          <Suspense fallback={null}>
            <OutgoingProject />
          </Suspense>
        )}
        <AccountMenu />
      </header>
      <LinkBanner />
      <CallAlerts />
      <LobbyAlerts />
      {isDeep && <SoundHint isFloating />}
      <main id="main" className={classes.main} tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <nav className={classes.bottom} aria-label={t("common.nav.label")}>
        {[...items, ...(items.length < MANY_TABS ? [{ to: "/profile", label: t("common.nav.profile"), icon: IconUser, count: 0 } as const] : [])].map(
          ({ to, label, icon: Icon, count }) => (
            <Link key={to} to={to} className={classes.bottomItem} activeProps={{ "data-active": true }}>
              <span className={classes.bottomIcon}>
                <Icon size={22} aria-hidden="true" />
                <Badge count={count} />
              </span>
              <span>{label}</span>
            </Link>
          ),
        )}
      </nav>
    </div>
  );
}
