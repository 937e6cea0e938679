/** Keys for other systems, for one the one that stores service cases. A secret is shown once. */
import { Alert, Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type ApiKeyRow } from "@/accounts/rest";
import { Empty } from "@/base/Empty";
import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { fieldProblem, ProblemAlert, tellProblem } from "@/base/problems";

import classes from "./admin.module.css";
import { useApiKeys } from "./queries";

function NewKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () => api.apiKeys.create(name.trim()),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={create.data === undefined}
      title={t("admin.apiKeys.add")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {create.data === undefined ? (
        <form onSubmit={submit}>
          <Stack gap="md">
            {create.error && <ProblemAlert error={create.error} />}
            <TextInput
              label={t("admin.apiKeys.name")}
              description={t("admin.apiKeys.nameText")}
              required
              maxLength={100}
              data-autofocus
              error={fieldProblem(create.error, "name")}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={onClose}>
                {t("common.cancel")}
              </Button>
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
                {t("admin.apiKeys.create")}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack gap="md">
          <Alert color="orange" role="status">
            {t("admin.apiKeys.once")}
          </Alert>
          <code className={classes.secret}>{create.data.secret}</code>
          <Group justify="flex-end" gap="sm">
            <CopyButton value={create.data.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? t("conversations.message.copied") : t("admin.apiKeys.copy")}
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>{t("admin.apiKeys.done")}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function RevokeKey({ row, onClose }: { row: ApiKeyRow; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.apiKeys.revoke(row.id),
    onSuccess: async () => {
      onClose();
      await cache.invalidateQueries({ queryKey: keys.apiKeys });
    },
    onError: tellProblem,
  });
  return (
    <Modal opened onClose={onClose} title={t("admin.apiKeys.revokeNamed", { name: row.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Text size="sm" mb="lg">
        {t("admin.apiKeys.revokeText")}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("common.cancel")}
        </Button>
        <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          {t("admin.apiKeys.revoke")}
        </Button>
      </Group>
    </Modal>
  );
}

export function ApiKeysPage() {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const query = useApiKeys();
  const [isAdding, setAdding] = useState(false);
  const [revoked, setRevoked] = useState<ApiKeyRow | null>(null);
  return (
    <Page title={t("admin.apiKeys.title")}>
      <Panel
        title={t("admin.apiKeys.heading")}
        text={t("admin.apiKeys.text")}
        action={
          <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
            {t("admin.apiKeys.add")}
          </Button>
        }
      >
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {query.data === undefined && !query.isError && <Loading />}
        {query.data?.length === 0 && <Empty inline icon={IconKey} title={t("admin.apiKeys.none")} />}
        <Rows>
          {query.data?.map((row) => (
            <Row key={row.id}>
              <IconKey size={22} stroke={1.6} aria-hidden="true" />
              <div className="grow">
                <Text fw={600} size="sm" truncate>
                  {row.name}
                </Text>
                <Text size="sm" c="dimmed">
                  {t("admin.apiKeys.created", { date: dateTime(row.created_at_ms), name: row.created_by })}
                  {" · "}
                  {row.last_used_at_ms === null ? t("admin.apiKeys.unused") : t("admin.apiKeys.used", { date: dateTime(row.last_used_at_ms) })}
                </Text>
              </div>
              <Button
                size="xs"
                variant="default"
                aria-label={t("admin.apiKeys.revokeNamed", { name: row.name })}
                onClick={() => setRevoked(row)}
              >
                {t("admin.apiKeys.revoke")}
              </Button>
            </Row>
          ))}
        </Rows>
      </Panel>
      {isAdding && <NewKey onClose={() => setAdding(false)} />}
      {revoked !== null && <RevokeKey row={revoked} onClose={() => setRevoked(null)} />}
    </Page>
  );
}
