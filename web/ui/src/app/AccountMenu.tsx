/** The menu behind one's name: profile, organisation, theme, language, sign-out (CC-139, CC-040). */
import { Group, Popover, SegmentedControl, Text, UnstyledButton } from "@mantine/core";
import { IconBuilding, IconChevronDown, IconLogout, IconPlugConnected, IconSettings, IconUser } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { ThemeControl } from "@/accounts/profile/ThemeControl";
import { useChangeLanguage } from "@/accounts/profile/useChangeLanguage";
import { api } from "@/accounts/rest";
import { currentLanguage, LANGUAGE_NAMES, LANGUAGES } from "@/base/i18n";
import { Picture } from "@/base/people";
import { tellProblem } from "@/base/problems";
import { useLive, useMay, useSession } from "@/base/session";

import classes from "./Shell.module.css";

const StatusControl = lazy(() => import("@/desk/home/StatusControl").then((module) => ({ default: module.StatusControl })));

export function useSignOut(): () => void {
  const live = useLive();
  const { mutate } = useMutation({
    mutationFn: api.session.end,
    onSuccess: () => {
      live.forget();
      // A fresh page: nothing of this person stays in memory.
      window.location.assign("/auth/login");
    },
    onError: tellProblem,
  });
  return () => mutate();
}

export function AccountMenu() {
  const { t } = useTranslation();
  const session = useSession();
  const signOut = useSignOut();
  const changeLanguage = useChangeLanguage();
  const [isOpen, setOpen] = useState(false);
  const isStaff = useMay("desk.work");
  const mayConfigure = useMay("desk.configure");
  const { person, organisation, organisations } = session;
  const switchTo = useMutation({
    mutationFn: api.session.switchOrganisation,
    onSuccess: () => window.location.assign("/"),
    onError: tellProblem,
  });

  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" width={280} shadow="lg" radius="lg" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <UnstyledButton className={classes.account} onClick={() => setOpen(!isOpen)}>
          <Picture id={person.id} name={person.name} url={person.avatar_url} size={32} />
          <span className={classes.accountName}>{person.name}</span>
          <span className="visually-hidden">{t("common.accountMenu")}</span>
          <IconChevronDown size={16} aria-hidden="true" />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={t("common.accountMenu")}>
        <Group gap="sm" px="xs" py={6} wrap="nowrap">
          <Picture id={person.id} name={person.name} url={person.avatar_url} size={40} />
          <div className={classes.ellipsis}>
            <Text fw={600} truncate>
              {person.name}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {organisation.name}
            </Text>
          </div>
        </Group>
        {isStaff && (
          <div className={classes.menuPart}>
            <div className={classes.menuLabel}>{t("common.nav.status")}</div>
            <Suspense fallback={null}>
              <StatusControl />
            </Suspense>
          </div>
        )}
        <div className={classes.menuPart}>
          <Link to="/profile" className={classes.menuItem} onClick={() => setOpen(false)}>
            <IconUser size={18} aria-hidden="true" />
            {t("common.nav.profile")}
          </Link>
          {mayConfigure && (
            <Link to="/settings" className={classes.menuItem} onClick={() => setOpen(false)}>
              <IconSettings size={18} aria-hidden="true" />
              {t("common.nav.settings")}
            </Link>
          )}
          <Link to="/help/connection" className={classes.menuItem} onClick={() => setOpen(false)}>
            <IconPlugConnected size={18} aria-hidden="true" />
            {t("common.nav.connection")}
          </Link>
          {organisations
            .filter((row) => row.id !== organisation.id)
            .map((row) => (
              <UnstyledButton key={row.id} className={classes.menuItem} onClick={() => switchTo.mutate(row.id)}>
                <IconBuilding size={18} aria-hidden="true" />
                {t("common.switchTo", { name: row.name })}
              </UnstyledButton>
            ))}
        </div>
        <div className={classes.menuPart}>
          <div className={classes.menuLabel}>{t("common.theme.label")}</div>
          <ThemeControl />
          <div className={classes.menuLabel}>{t("common.language")}</div>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label={t("common.language")}
            value={currentLanguage()}
            onChange={(value) => changeLanguage(value)}
            data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
          />
        </div>
        <div className={classes.menuPart}>
          <UnstyledButton className={classes.menuItem} onClick={signOut}>
            <IconLogout size={18} aria-hidden="true" />
            {t("common.signOut")}
          </UnstyledButton>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
