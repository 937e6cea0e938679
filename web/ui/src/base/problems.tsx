/** Failures in a person's words. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle } from "@tabler/icons-react";
import i18next from "i18next";
import { useTranslation } from "react-i18next";

import { ApiProblem } from "@/protocol/problem";

/** A sentence for any failure: the server's own, or ours when no answer came. */
export function describeProblem(error: unknown): string {
  if (!(error instanceof ApiProblem)) return i18next.t("common.problem.broken");
  if (error.code === "network.unreachable") return i18next.t("common.problem.unreachable");
  if (error.code === "network.timeout") return i18next.t("common.problem.timeout");
  if (error.detail !== "") return error.detail;
  if (error.status === 409) return i18next.t("common.problem.conflict");
  return i18next.t("common.problem.broken");
}

/** The server's words for one field, or null. */
export function fieldProblem(error: unknown, field: string): string | null {
  if (!(error instanceof ApiProblem)) return null;
  return error.errors.find((row) => row.field === field || row.field.endsWith(`/${field}`) || row.field.endsWith(`.${field}`))?.detail ?? null;
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 409;
}

export function tellProblem(error: unknown): void {
  notifications.show({ color: "red", message: describeProblem(error), autoClose: 6000, withBorder: true });
}

/** Something we ourselves refuse, in a sentence. */
export function tellRefusal(message: string): void {
  notifications.show({ color: "red", message, autoClose: 6000, withBorder: true });
}

export function tellDone(message: string): void {
  notifications.show({ color: "green", message, autoClose: 3000, withBorder: true });
}

export function ProblemAlert({ error, onRetry, retryLabel }: { error: unknown; onRetry?: () => void; retryLabel?: string }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" icon={<IconAlertTriangle size={20} />} role="alert" variant="light">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{describeProblem(error)}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {retryLabel ?? t("common.retry")}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
