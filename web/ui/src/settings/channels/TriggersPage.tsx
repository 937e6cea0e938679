/** Wyzwalacze: what opens the widget after so many seconds, one for each language (CC-200..206). */
import { ActionIcon, Button, Group, NumberInput, Select, Stack, Switch, Text, Textarea } from "@mantine/core";
import { IconDeviceFloppy, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { LANGUAGE_NAMES } from "@/base/i18n";
import { Loading } from "@/base/Loading";
import { Page, Panel } from "@/base/Page";
import { Column, Columns } from "@/base/parts/Columns";
import { ProblemAlert, tellDone } from "@/base/problems";
import { DEFAULT_LANGUAGE, LANGUAGES, type Language } from "@/protocol/generated/languages";
import { ChooseProject, useChosenProject } from "@/settings/projects/ChosenProject";
import { useChangeWidget, useDeleteTrigger, usePutTrigger, useWidget } from "@/settings/queries";
import type { Widget } from "@/settings/rest";
import classes from "./TriggersPage.module.css";

import { Help } from "./ChannelParts";

const LONGEST = 250;
const DELAY_S = 15;

function TriggerForm({ widget, language, onDone }: { widget: Widget; language: Language | null; onDone?: () => void }) {
  const { t } = useTranslation();
  const stored = widget.triggers.find((trigger) => trigger.language === language);
  const free = LANGUAGES.filter((one) => !widget.triggers.some((trigger) => trigger.language === one));
  const [chosen, setChosen] = useState<Language>(language ?? free[0] ?? DEFAULT_LANGUAGE);
  const [text, setText] = useState(stored?.text ?? "");
  const [delay_s, setDelay] = useState<number | string>(stored?.delay_s ?? DELAY_S);
  const put = usePutTrigger();
  const remove = useDeleteTrigger();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    put.mutate([widget.project_id, chosen, text.trim(), Number(delay_s)], {
      onSuccess: () => {
        tellDone(t("profile.saved"));
        onDone?.();
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-start" gap="md" wrap="wrap">
          <Stack gap="sm" w={200}>
            <Select
              label={t("settings.triggers.language")}
              required
              disabled={language !== null}
              data={(language === null ? free : [language]).map((one) => ({ value: one, label: LANGUAGE_NAMES[one] }))}
              value={chosen}
              onChange={(value) => value !== null && setChosen(value)}
            />
            <NumberInput
              label={t("settings.triggers.delay")}
              required
              min={0}
              max={3600}
              allowDecimal={false}
              value={delay_s}
              onChange={setDelay}
            />
          </Stack>
          <div className={classes.words}>
            <Textarea
              label={t("settings.triggers.content")}
              required
              autosize
              minRows={4}
              maxLength={LONGEST}
              value={text}
              onChange={(event) => setText(event.currentTarget.value.replace(/\n/g, " "))}
            />
            <Text size="xs" c="dimmed" ta="right" mt={4}>
              {text.length}/{LONGEST}
            </Text>
          </div>
        </Group>
        <Group justify="flex-end" gap="sm">
          {stored !== undefined && (
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              aria-label={t("settings.triggers.delete", { language: LANGUAGE_NAMES[stored.language] })}
              onClick={() => remove.mutate([widget.project_id, stored.language])}
            >
              <IconTrash size={20} />
            </ActionIcon>
          )}
          <Button type="submit" leftSection={<IconDeviceFloppy size={18} />} loading={put.isPending} disabled={text.trim() === "" || delay_s === ""}>
            {t("common.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Triggers({ widget }: { widget: Widget }) {
  const { t } = useTranslation();
  const [isAdding, setAdding] = useState(false);
  const change = useChangeWidget();
  const isFull = widget.triggers.length >= LANGUAGES.length;
  return (
    <Columns>
      <Column>
        <Panel
          title={t("settings.triggers.opening")}
          action={
            <ActionIcon variant="light" size="lg" aria-label={t("settings.triggers.add")} disabled={isFull || isAdding} onClick={() => setAdding(true)}>
              <IconPlus size={20} />
            </ActionIcon>
          }
        >
          {widget.triggers.length === 0 && !isAdding && (
            <Text size="sm" c="dimmed">
              {t("settings.triggers.none")}
            </Text>
          )}
          <Stack gap="xl">
            {widget.triggers.map((trigger) => (
              <TriggerForm key={`${trigger.language} ${trigger.text} ${trigger.delay_s}`} widget={widget} language={trigger.language} />
            ))}
            {isAdding && <TriggerForm widget={widget} language={null} onDone={() => setAdding(false)} />}
          </Stack>
        </Panel>
      </Column>
      <Column>
        <Panel title={t("settings.settings")}>
          <Switch
            label={t("settings.triggers.active")}
            checked={widget.triggers_active}
            onChange={(event) => change.mutate([widget.project_id, { version: widget.version, triggers_active: event.currentTarget.checked }])}
          />
        </Panel>
        <Help>{t("settings.triggers.help")}</Help>
      </Column>
    </Columns>
  );
}

export function TriggersPage() {
  const { t } = useTranslation();
  const [project, choose] = useChosenProject();
  const query = useWidget(project);
  return (
    <Page title={t("settings.triggers.title")}>
      <ChooseProject value={project} onChange={choose} />
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data === undefined ? project !== null && !query.isError && <Loading /> : <Triggers key={query.data.project_id} widget={query.data} />}
    </Page>
  );
}
