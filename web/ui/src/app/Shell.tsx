/** The frame around every page: top bar, on phones a bar below; what may come at any moment stands above the pages. */
import { Text } from "@mantine/core";
import { IconPlugConnectedX, IconUser } from "@tabler/icons-react";
import { Link, Outlet, useMatches } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { Mark } from "@/base/Mark";
import { useLive, useMay, useSession } from "@/base/session";
import type { Tab } from "@/base/tabs";
import { useLate } from "@/base/useLate";
import { useValue } from "@/base/useValue";
import { LobbyAlerts } from "@/calls/lobby/LobbyAlerts";
import { CallAlerts, SoundHint } from "@/calls/ringing/CallAlerts";
import { useDeskTab } from "@/desk/queue/useDeskTab";

import { AccountMenu } from "./AccountMenu";
import { features } from "./features";
import classes from "./Shell.module.css";

const DeskBar = lazy(() => import("@/desk/queue/DeskBar"));
const OutgoingProject = lazy(() => import("@/desk/home/OutgoingProject"));

const OFFLINE_PATIENCE_MS = 2_500;

function LinkBanner() {
  const { t } = useTranslation();
  const link = useValue(useLive().link);
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

/** The tabs of all features. The list of features never changes, so the hooks keep their order. */
function useTabs(): readonly Tab[] {
  return features.flatMap((feature) => feature.useTabs?.() ?? []).sort((a, b) => a.order - b.order);
}

export function Shell() {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const desk = useDeskTab();
  // In an opened conversation a phone has no room for the bars.
  const isDeep = useMatches({ select: (matches) => matches.some((match) => /\/\$(conversationId|visitId)$/.test(match.routeId)) });
  const isStaff = useMay("desk.work");
  const tabs = useTabs();
  const profile: Tab = { to: "/profile", label: t("common.nav.profile"), icon: IconUser, count: 0, order: 0 };

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
          {tabs.map(({ to, label, icon: Icon, count }) => (
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
        {[...tabs, ...(tabs.length < MANY_TABS ? [profile] : [])].map(({ to, label, icon: Icon, count }) => (
          <Link key={to} to={to} className={classes.bottomItem} activeProps={{ "data-active": true }}>
            <span className={classes.bottomIcon}>
              <Icon size={22} aria-hidden="true" />
              <Badge count={count} />
            </span>
            <span>{label}</span>
          </Link>
        ))}
      </nav>
    </div>
  );
}
