/** Przydzielony numer telefonu: which numbers of the operator's pool a project's callers dial (CC-184, CC-185). */
import { Badge, Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDeviceMobile, IconPhone } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { formatPhone } from "@/base/phones";
import { ProblemAlert } from "@/base/problems";
import { ChooseProject, useChosenProject } from "@/settings/projects/ChosenProject";
import { useAssignPhoneNumber, usePhoneNumbers, useReleasePhoneNumber } from "@/settings/queries";
import type { PhoneNumber, ProjectPhoneNumbers } from "@/settings/rest";
import classes from "./PhoneNumbers.module.css";

const KINDS = ["gsm", "tdm"] as const;
const MOST_DIGITS = 15;
const SETTLED_MS = 250;

function Release({ project, number, onClose }: { project: string; number: PhoneNumber; onClose: () => void }) {
  const { t } = useTranslation();
  const release = useReleasePhoneNumber();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("settings.phone.releaseNamed", { number: formatPhone(number.number) })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Text size="sm" mb="lg">
        {t("settings.phone.releaseText")}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("common.cancel")}
        </Button>
        <Button color="red" loading={release.isPending} onClick={() => release.mutate([project, number.id], { onSettled: onClose })}>
          {t("settings.phone.release")}
        </Button>
      </Group>
    </Modal>
  );
}

function Assigned({ numbers, onRelease }: { numbers: ProjectPhoneNumbers; onRelease: (number: PhoneNumber) => void }) {
  // locale-keys: settings.phone.kind.*
  const { t } = useTranslation();
  return (
    <Rows>
      {numbers.assigned.map((number) => {
        const Sign = number.kind === "gsm" ? IconDeviceMobile : IconPhone;
        return (
          <Row key={number.id} wraps>
            <Sign size={20} stroke={1.7} aria-hidden="true" />
            <div className="grow">
              <Text size="xs" c="dimmed">
                {t(`settings.phone.kind.${number.kind}`)}
              </Text>
              <Text size="sm" fw={600}>
                {formatPhone(number.number)}
              </Text>
              {!number.usable && (
                <Badge size="sm" color="gray" variant="light" tt="none">
                  {t("settings.phone.unused")}
                </Badge>
              )}
            </div>
            <Button
              size="xs"
              variant="default"
              aria-label={t("settings.phone.releaseNamed", { number: formatPhone(number.number) })}
              onClick={() => onRelease(number)}
            >
              {t("settings.phone.release")}
            </Button>
          </Row>
        );
      })}
    </Rows>
  );
}

interface ChoiceProps {
  numbers: ProjectPhoneNumbers;
  /** Digits that free numbers were asked for by. */
  digits: string;
  onDigits: (digits: string) => void;
}

function Choice({ numbers, digits, onDigits }: ChoiceProps) {
  // locale-keys: settings.phone.kind.*, admin.organisation.packages.*
  const { t } = useTranslation();
  const assign = useAssignPhoneNumber();
  const [chosen, choose] = useState<PhoneNumber | null>(null);
  const isEmpty = numbers.free.length === 0 && digits === "";
  const search = (words: string) => {
    // What was chosen stands in the field, and asks for nothing.
    const isChosen = chosen !== null && words === formatPhone(chosen.number);
    onDigits(isChosen ? "" : words.replace(/\D/g, "").slice(0, MOST_DIGITS));
  };
  const pick = (id: string | null) => choose(numbers.free.find((number) => number.id === id) ?? null);
  const listed = chosen === null || numbers.free.some((number) => number.id === chosen.id) ? numbers.free : [...numbers.free, chosen];
  const groups = KINDS.map((kind) => ({
    group: t(`settings.phone.kind.${kind}`),
    items: listed.filter((number) => number.kind === kind).map((number) => ({ value: number.id, label: formatPhone(number.number) })),
  })).filter((group) => group.items.length > 0);
  // A list must have something in it, to be a list to those who do not see it.
  const nothing = [{ value: "", label: t("settings.phone.nothingFound"), disabled: true }];
  const submit = () => {
    if (chosen === null) return;
    assign.mutate([numbers.project_id, chosen.id], {
      onSettled: () => {
        choose(null);
        onDigits("");
      },
    });
  };
  const why = !numbers.allowed
    ? t("settings.phone.needsPackage", { package: t(`admin.organisation.packages.${numbers.package}`) })
    : isEmpty
      ? t("settings.phone.poolEmpty")
      : undefined;
  return (
    <Stack gap="xs">
      <Select
        searchable
        clearable
        label={t("settings.phone.choose")}
        description={why}
        descriptionProps={{ fz: "sm", lh: 1.5 }}
        placeholder={t("settings.phone.placeholder")}
        disabled={why !== undefined}
        data={groups.length > 0 ? groups : nothing}
        filter={({ options }) => options}
        value={chosen?.id ?? null}
        onChange={pick}
        onSearchChange={search}
        clearButtonProps={{ "aria-label": t("settings.projects.clear") }}
        // The list itself scrolls, by the keys of the field.
        withScrollArea={false}
        classNames={{ options: classes.listed ?? "" }}
      />
      <Button disabled={chosen === null || why !== undefined} loading={assign.isPending} onClick={submit}>
        {t("settings.phone.assign")}
      </Button>
    </Stack>
  );
}

function NumbersOf({ project }: { project: string }) {
  // locale-keys: settings.phone.reason.*
  const { t } = useTranslation();
  const [wanted, want] = useState("");
  const [digits] = useDebouncedValue(wanted, SETTLED_MS);
  const query = usePhoneNumbers(project, digits);
  const [released, release] = useState<PhoneNumber | null>(null);
  const numbers = query.data;
  if (numbers === undefined) return query.isError ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  const isWhole = KINDS.every((kind) => numbers.assigned.some((number) => number.kind === kind));
  return (
    <Stack gap="sm">
      {numbers.assigned.length === 0 ? <Text size="sm">{t("settings.phone.none")}</Text> : <Assigned numbers={numbers} onRelease={release} />}
      {!numbers.allowed && numbers.assigned.length > 0 && <Text size="sm">{t("settings.phone.kept")}</Text>}
      {!(isWhole && numbers.allowed) && <Choice numbers={numbers} digits={digits} onDigits={want} />}
      {numbers.reason !== null && (
        <Text size="sm" c="dimmed">
          {t(`settings.phone.reason.${numbers.reason}`)}
        </Text>
      )}
      {released !== null && <Release project={project} number={released} onClose={() => release(null)} />}
    </Stack>
  );
}

export function PhoneNumbers() {
  const { t } = useTranslation();
  const [project, choose] = useChosenProject();
  return (
    <Panel title={t("settings.phone.title")}>
      <Stack gap="sm">
        <ChooseProject value={project} onChange={choose} />
        {project !== null && <NumbersOf key={project} project={project} />}
      </Stack>
    </Panel>
  );
}
