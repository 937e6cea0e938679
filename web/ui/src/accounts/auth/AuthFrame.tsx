/** The frame of the pages before sign-in: sign, form, language and legal links (CC-007, CC-008). */
import { Anchor, Group, SegmentedControl, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { applyLanguage, currentLanguage, LANGUAGES, rememberLanguage } from "@/base/i18n";
import { Mark } from "@/base/Mark";

import classes from "./AuthFrame.module.css";
import { Switchboard } from "./Switchboard";

export function LanguageSwitch() {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      radius="xl"
      aria-label={t("common.language")}
      value={currentLanguage()}
      onChange={(value) => {
        rememberLanguage(value);
        void applyLanguage(value);
      }}
      data={LANGUAGES.map((language) => ({ value: language, label: language.toUpperCase() }))}
    />
  );
}

export function AuthFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <aside className={classes.side} aria-hidden="true">
        <Switchboard />
        <p className={classes.claim}>{t("auth.claim")}</p>
      </aside>
      <div className={classes.content}>
        <header className={classes.header}>
          <Group gap={10}>
            <Mark size={36} />
            <span className={classes.name}>Centrala</span>
          </Group>
          <LanguageSwitch />
        </header>
        <main className={classes.main}>
          <h1 className={classes.title}>{title}</h1>
          {children}
        </main>
        <footer className={classes.footer}>
          <Anchor component={Link} to="/legal/terms" size="sm">
            {t("auth.terms")}
          </Anchor>
          <Text span c="dimmed" aria-hidden="true">
            ·
          </Text>
          <Anchor component={Link} to="/legal/privacy" size="sm">
            {t("auth.privacy")}
          </Anchor>
        </footer>
      </div>
    </div>
  );
}
