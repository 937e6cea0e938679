/** Groups: the company's own and one for each customer. */
import { ActionIcon, Badge, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type Group as PeopleGroup } from "@/accounts/rest";
import { Empty } from "@/base/Empty";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { fieldProblem, isConflict, ProblemAlert, tellProblem } from "@/base/problems";

import { useGroups } from "./queries";

type Kind = PeopleGroup["kind"];

/** group  null makes a new one */
function GroupDialog({ group, onClose }: { group: PeopleGroup | null; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [name, setName] = useState(group?.name ?? "");
  const [kind, setKind] = useState<Kind>(group?.kind ?? "customer");
  const [externalId, setExternalId] = useState("");
  const save = useMutation({
    mutationFn: async () => {
      if (group === null) {
        await api.groups.create({ kind, name: name.trim(), external_id: externalId.trim() === "" ? null : externalId.trim() });
      } else await api.groups.change(group.id, { version: group.version, name: name.trim() });
    },
    onSuccess: async () => {
      onClose();
      await cache.invalidateQueries({ queryKey: keys.groups });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const reload = () => {
    void cache.invalidateQueries({ queryKey: keys.groups });
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={group === null ? t("admin.groups.add") : t("admin.groups.rename")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {save.error && (
            <ProblemAlert
              error={save.error}
              {...(group !== null && isConflict(save.error) && { retryLabel: t("common.reload"), onRetry: reload })}
            />
          )}
          {group === null && (
            <SegmentedControl
              aria-label={t("admin.groups.kind")}
              value={kind}
              onChange={(value) => setKind(value)}
              data={[
                { value: "customer" as const, label: t("admin.groups.customer") },
                { value: "staff" as const, label: t("admin.groups.staff") },
              ]}
            />
          )}
          <TextInput
            label={t("admin.groups.name")}
            required
            maxLength={100}
            data-autofocus
            error={fieldProblem(save.error, "name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {group === null && kind === "customer" && (
            <TextInput
              label={t("admin.groups.externalId")}
              description={t("admin.groups.externalIdText")}
              maxLength={100}
              error={fieldProblem(save.error, "external_id")}
              value={externalId}
              onChange={(event) => setExternalId(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function GroupsPage() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const groups = useGroups();
  const [edited, setEdited] = useState<PeopleGroup | "new" | null>(null);
  const remove = useMutation({
    mutationFn: api.groups.remove,
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.groups }),
    onError: tellProblem,
  });
  return (
    <Page title={t("admin.groups.title")}>
      <Panel
        title={t("admin.groups.heading")}
        text={t("admin.groups.text")}
        action={
          <Button leftSection={<IconPlus size={18} />} onClick={() => setEdited("new")}>
            {t("admin.groups.add")}
          </Button>
        }
      >
        {groups.isError && <ProblemAlert error={groups.error} onRetry={() => void groups.refetch()} />}
        {groups.data === undefined && !groups.isError && <Loading />}
        {groups.data?.length === 0 && <Empty inline icon={IconUsersGroup} title={t("admin.groups.none")} />}
        <Rows>
          {groups.data?.map((group) => (
            <Row key={group.id}>
              <div className="grow">
                <Text fw={600} size="sm" truncate>
                  {group.name}
                </Text>
                <Text size="sm" c="dimmed" truncate>
                  {t("admin.groups.people", { count: group.people_count })}
                  {group.external_id !== null && ` · ${group.external_id}`}
                </Text>
              </div>
              <Badge variant="light" color={group.kind === "staff" ? "violet" : "blue"} tt="none">
                {group.kind === "staff" ? t("admin.groups.staff") : t("admin.groups.customer")}
              </Badge>
              <Tooltip label={t("admin.groups.rename")}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={36}
                  aria-label={t("admin.groups.renameNamed", { name: group.name })}
                  onClick={() => setEdited(group)}
                >
                  <IconPencil size={18} />
                </ActionIcon>
              </Tooltip>
              {group.people_count === 0 && (
                <Tooltip label={t("admin.groups.delete")}>
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    size={36}
                    aria-label={t("admin.groups.deleteNamed", { name: group.name })}
                    onClick={() => remove.mutate(group.id)}
                  >
                    <IconTrash size={18} />
                  </ActionIcon>
                </Tooltip>
              )}
            </Row>
          ))}
        </Rows>
      </Panel>
      {edited !== null && <GroupDialog group={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}
