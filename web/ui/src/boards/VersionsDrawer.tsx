/** What a board showed before, who drew what in between, keeping it under a name and putting it back (BEY-031). */
import { Button, Drawer, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert, tellDone } from "@/base/problems";

import classes from "./board.module.css";
import { api, type Board, type BoardVersion } from "./rest";

function Version({ version, draws, onRestore, busy }: { version: BoardVersion; draws: boolean; onRestore: () => void; busy: boolean }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const [isAsking, setAsking] = useState(false);
  const when = dateTime(version.created_at_ms);
  return (
    <li className={classes.version}>
      <Text fw={600} size="sm" className={classes.wrap ?? ""}>
        {version.name === "" ? when : version.name}
      </Text>
      <Text size="xs" c="dimmed">
        {version.name === "" ? t("boards.versions.byItself") : t("boards.versions.keptBy", { name: version.kept_by?.name ?? "", when })} ·{" "}
        {t("boards.elements", { count: version.elements })}
      </Text>
      {version.authors.length > 0 && (
        <Text size="xs" c="dimmed" className={classes.wrap ?? ""}>
          {t("boards.versions.authors", {
            names: version.authors.map(({ person, elements }) => `${person.name} (${elements})`).join(", "),
          })}
        </Text>
      )}
      {draws && !isAsking && (
        <Button size="compact-sm" variant="light" mt={4} onClick={() => setAsking(true)}>
          {t("boards.versions.restore")}
        </Button>
      )}
      {isAsking && (
        <Group gap="xs" mt={4}>
          <Text size="xs">{t("boards.versions.sure")}</Text>
          <Button size="compact-sm" loading={busy} onClick={onRestore} data-autofocus>
            {t("boards.versions.restore")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setAsking(false)}>
            {t("common.cancel")}
          </Button>
        </Group>
      )}
    </li>
  );
}

export function VersionsDrawer({ board, draws, onClose }: { board: Board; draws: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const key = ["board versions", board.id];
  const query = useQuery({ queryKey: key, queryFn: () => api.boards.versions(board.id), staleTime: 0 });
  const keep = useMutation({
    mutationFn: () => api.boards.keepVersion(board.id, name.trim()),
    onSuccess: () => {
      setName("");
      void cache.invalidateQueries({ queryKey: key });
    },
  });
  const restore = useMutation({
    mutationFn: (version: BoardVersion) => api.boards.restoreVersion(board.id, version.id),
    onSuccess: () => {
      tellDone(t("boards.versions.restored"));
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    keep.mutate();
  };
  const rows = query.data?.items ?? [];
  return (
    <Drawer opened onClose={onClose} position="right" size="sm" title={t("boards.versions.open")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack gap="md">
        {draws && (
          <form onSubmit={submit}>
            <Group align="end" gap="xs" wrap="nowrap">
              <TextInput size="sm" label={t("boards.versions.name")} maxLength={100} className="grow" value={name} onChange={(event) => setName(event.currentTarget.value)} />
              <Button type="submit" size="sm" disabled={name.trim() === ""} loading={keep.isPending}>
                {t("boards.versions.keep")}
              </Button>
            </Group>
          </form>
        )}
        {keep.error && <ProblemAlert error={keep.error} />}
        {restore.error && <ProblemAlert error={restore.error} />}
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Loading />}
        {query.isSuccess && rows.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("boards.versions.none")}
          </Text>
        )}
        <ul className={classes.versions}>
          {rows.map((version) => (
            <Version key={version.id} version={version} draws={draws} busy={restore.isPending} onRestore={() => restore.mutate(version)} />
          ))}
        </ul>
      </Stack>
    </Drawer>
  );
}
