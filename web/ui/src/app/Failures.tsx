/** Pages for what should not happen: no such page, a crash, no server. */
import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Mark } from "@/base/Mark";

function Notice({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Center component="main" mih="100%" p="xl">
      <Stack align="center" gap="md" maw={420}>
        <Mark size={48} />
        <Title order={1} size="h3" ta="center">
          {title}
        </Title>
        <Text c="dimmed" ta="center">
          {text}
        </Text>
        {children}
      </Stack>
    </Center>
  );
}

export function MissingPage() {
  const { t } = useTranslation();
  return (
    <Notice title={t("common.missing.title")} text={t("common.missing.text")}>
      <Button component={Link} to="/conferencing">
        {t("common.missing.back")}
      </Button>
    </Notice>
  );
}

export function CrashPage() {
  const { t } = useTranslation();
  return (
    <Notice title={t("common.crash.title")} text={t("common.crash.text")}>
      <Button onClick={() => window.location.reload()}>{t("common.reload")}</Button>
    </Notice>
  );
}

export function NoServerPage({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice title={t("common.noServer.title")} text={t("common.problem.unreachable")}>
      <Button onClick={onRetry}>{t("common.retry")}</Button>
    </Notice>
  );
}
