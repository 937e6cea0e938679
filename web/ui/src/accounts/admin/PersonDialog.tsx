/** Invite somebody, or change role, group and whether they may sign in (CC-163, CC-164). */
import { Button, Group, Modal, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconMailForward } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { api, type Group as PeopleGroup, type PersonDetails, type Role } from "@/accounts/rest";
import { useFormats } from "@/base/formats";
import { currentLanguage, LANGUAGE_NAMES, LANGUAGES } from "@/base/i18n";
import { fieldProblem, isConflict, ProblemAlert, tellDone } from "@/base/problems";
import type { Language } from "@/protocol/people";

import { useGroups } from "./queries";

const ROLES: readonly Role[] = ["admin", "agent", "technician", "customer"];

/** Customers are in customers' groups, everybody else in the company's own. */
export function groupsFor(role: Role, groups: readonly PeopleGroup[]): PeopleGroup[] {
  return groups.filter((group) => group.kind === (role === "customer" ? "customer" : "staff"));
}

interface PlaceProps {
  role: Role;
  groupId: string | null;
  onChange: (role: Role, groupId: string | null) => void;
  error: unknown;
}

function PlaceFields({ role, groupId, onChange, error }: PlaceProps) {
  const { t } = useTranslation();
  const groups = useGroups().data ?? [];
  const offered = groupsFor(role, groups);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        size="md"
        label={t("common.field.role")}
        required
        data={ROLES.map((value) => ({ value, label: t(`common.role.${value}`) }))}
        value={role}
        error={fieldProblem(error, "role")}
        onChange={(value) => {
          const next = value as Role;
          const fitting = groupsFor(next, groups);
          const kept = fitting.find((group) => group.id === groupId) ?? (fitting.length === 1 ? fitting[0] : undefined);
          onChange(next, kept?.id ?? null);
        }}
      />
      <Select
        size="md"
        label={t("common.field.group")}
        required
        searchable
        placeholder={t("admin.people.chooseGroup")}
        nothingFoundMessage={t("admin.people.noGroup")}
        data={offered.map((group) => ({ value: group.id, label: group.name }))}
        value={groupId}
        error={fieldProblem(error, "group_id")}
        onChange={(value) => onChange(role, value)}
      />
    </SimpleGrid>
  );
}

function useRefresh(): () => Promise<void> {
  const cache = useQueryClient();
  return async () => {
    await Promise.all([
      cache.invalidateQueries({ queryKey: keys.allPeople }),
      cache.invalidateQueries({ queryKey: keys.organisation }),
      cache.invalidateQueries({ queryKey: keys.groups }),
    ]);
  };
}

export function InvitePerson({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh();
  const [fields, setFields] = useState({ email: "", first_name: "", last_name: "", position: "" });
  const [language, setLanguage] = useState<Language>(currentLanguage());
  const [role, setRole] = useState<Role>("technician");
  const [groupId, setGroupId] = useState<string | null>(null);
  const groups = useGroups().data ?? [];
  const fitting = groupsFor(role, groups);
  const chosenGroup = groupId ?? (fitting.length === 1 ? (fitting[0]?.id ?? null) : null);
  const invite = useMutation({
    mutationFn: () => api.people.invite({ ...fields, role, group_id: chosenGroup ?? "", language }),
    onSuccess: async () => {
      tellDone(t("admin.people.invitationSent", { email: fields.email }));
      onClose();
      await refresh();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    invite.mutate();
  };
  const field = (name: keyof typeof fields) => ({
    value: fields[name],
    error: fieldProblem(invite.error, name),
    onChange: (event: { currentTarget: { value: string } }) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={t("admin.people.invite")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {t("admin.people.inviteText")}
          </Text>
          {invite.error && <ProblemAlert error={invite.error} />}
          <TextInput label={t("common.field.email")} type="email" required data-autofocus maxLength={254} {...field("email")} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t("common.field.firstName")} required maxLength={100} {...field("first_name")} />
            <TextInput label={t("common.field.lastName")} required maxLength={100} {...field("last_name")} />
          </SimpleGrid>
          <PlaceFields
            role={role}
            groupId={chosenGroup}
            error={invite.error}
            onChange={(nextRole, nextGroup) => {
              setRole(nextRole);
              setGroupId(nextGroup);
            }}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t("common.field.position")} maxLength={200} {...field("position")} />
            <Select
              size="md"
              label={t("common.field.language")}
              data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
              value={language}
              onChange={(value) => setLanguage(value as Language)}
            />
          </SimpleGrid>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={invite.isPending} disabled={chosenGroup === null}>
              {t("admin.people.sendInvitation")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function EditPerson({ person, onClose }: { person: PersonDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const refresh = useRefresh();
  const [base, setBase] = useState(person);
  const [fields, setFields] = useState(person);
  const save = useMutation({
    mutationFn: () =>
      api.people.change(person.id, {
        version: base.version,
        first_name: fields.first_name,
        last_name: fields.last_name,
        position: fields.position,
        role: fields.role,
        group_id: fields.group_id,
        active: fields.active,
      }),
    onSuccess: async () => {
      tellDone(t("profile.saved"));
      onClose();
      await refresh();
    },
  });
  const reload = useMutation({
    mutationFn: () => api.people.read(person.id),
    onSuccess: (now) => {
      setBase(now);
      setFields(now);
      save.reset();
    },
  });
  const resend = useMutation({
    mutationFn: () => api.people.resendInvitation(person.id),
    onSuccess: () => tellDone(t("admin.people.invitationSent", { email: person.email })),
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const error = save.error ?? reload.error ?? resend.error;
  return (
    <Modal opened onClose={onClose} size="lg" title={person.name} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {person.email}
            {person.last_seen_at_ms !== null && ` · ${t("admin.people.lastSeen", { date: dateTime(person.last_seen_at_ms) })}`}
          </Text>
          {error && (
            <ProblemAlert error={error} {...(isConflict(error) && { retryLabel: t("common.reload"), onRetry: () => reload.mutate() })} />
          )}
          {base.active && !base.password_set && (
            <Group justify="space-between" gap="sm">
              <Text size="sm">{t("admin.people.notYet")}</Text>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconMailForward size={16} />}
                loading={resend.isPending}
                onClick={() => resend.mutate()}
              >
                {t("admin.people.resend")}
              </Button>
            </Group>
          )}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={t("common.field.firstName")}
              required
              maxLength={100}
              error={fieldProblem(error, "first_name")}
              value={fields.first_name}
              onChange={(event) => setFields({ ...fields, first_name: event.currentTarget.value })}
            />
            <TextInput
              label={t("common.field.lastName")}
              required
              maxLength={100}
              error={fieldProblem(error, "last_name")}
              value={fields.last_name}
              onChange={(event) => setFields({ ...fields, last_name: event.currentTarget.value })}
            />
          </SimpleGrid>
          <TextInput
            label={t("common.field.position")}
            maxLength={200}
            value={fields.position}
            onChange={(event) => setFields({ ...fields, position: event.currentTarget.value })}
          />
          <PlaceFields
            role={fields.role}
            groupId={fields.group_id === "" ? null : fields.group_id}
            error={error}
            onChange={(role, groupId) => setFields({ ...fields, role, group_id: groupId ?? "" })}
          />
          <Switch
            label={t("admin.people.active")}
            description={t("admin.people.activeText")}
            checked={fields.active}
            onChange={(event) => setFields({ ...fields, active: event.currentTarget.checked })}
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={fields.group_id === ""}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
