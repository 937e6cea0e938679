/** The menu behind one's name: profile, organisation, theme, language, sign-out (CC-139, CC-040). */
import { Group, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconBuilding, IconChevronDown, IconLogout, IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "@/protocol/api";
import type { Language } from "@/protocol/types";

import { applyLanguage, currentLanguage, LANGUAGE_NAMES, LANGUAGES, rememberLanguage } from "./i18n";
import { keys } from "./keys";
import { Picture } from "./people";
import { tellProblem } from "./problems";
import { useLive, useSession } from "./session";
import classes from "./Shell.module.css";

export function useSignOut(): () => void {
  const live = useLive();
  const { mutate } = useMutation({
    mutationFn: api.session.end,
    onSuccess: () => {
      live.outbox.clear();
      live.stop();
      // A fresh page: nothing of this person stays in memory.
      window.location.assign("/auth/login");
    },
    onError: tellProblem,
  });
  return () => mutate();
}

export function useChangeLanguage(): (language: Language) => void {
  const session = useSession();
  const cache = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (language: Language) => api.profile.change({ version: session.profile.version, language }),
    onMutate: (language) => {
      rememberLanguage(language);
      void applyLanguage(language);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keys.session }),
    onError: tellProblem,
  });
  return mutate;
}

export function ThemeControl() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t("common.theme.label")}
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
      data={[
        { value: "light", label: t("common.theme.light") },
        { value: "dark", label: t("common.theme.dark") },
        { value: "auto", label: t("common.theme.auto") },
      ]}
    />
  );
}

export function AccountMenu() {
  const { t } = useTranslation();
  const session = useSession();
  const signOut = useSignOut();
  const changeLanguage = useChangeLanguage();
  const { person, organisation, organisations } = session;
  const switchTo = useMutation({
    mutationFn: api.session.switchOrganisation,
    onSuccess: () => window.location.assign("/"),
    onError: tellProblem,
  });

  return (
    <Menu position="bottom-end" width={264} shadow="lg" radius="lg" withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={t("common.accountMenu", { name: person.name })}>
          <Picture id={person.id} name={person.name} url={person.avatar_url} size={32} />
          <Text component="span" size="sm" fw={600} className={classes.accountName}>
            {person.name}
          </Text>
          <IconChevronDown size={16} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown p="xs">
        <Group gap="sm" px="sm" py={6} wrap="nowrap">
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
        <Menu.Divider />
        <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={18} />}>
          {t("common.nav.profile")}
        </Menu.Item>
        {organisations.length > 1 && (
          <>
            <Menu.Label>{t("common.organisations")}</Menu.Label>
            {organisations.map((row) => (
              <Menu.Item
                key={row.id}
                leftSection={<IconBuilding size={18} />}
                disabled={row.id === organisation.id}
                onClick={() => switchTo.mutate(row.id)}
              >
                {row.name}
              </Menu.Item>
            ))}
          </>
        )}
        <Menu.Divider />
        <Menu.Label>{t("common.theme.label")}</Menu.Label>
        <div className={classes.menuControl}>
          <ThemeControl />
        </div>
        <Menu.Label>{t("common.language")}</Menu.Label>
        <div className={classes.menuControl}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label={t("common.language")}
            value={currentLanguage()}
            onChange={(value) => changeLanguage(value)}
            data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
          />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={signOut}>
          {t("common.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
