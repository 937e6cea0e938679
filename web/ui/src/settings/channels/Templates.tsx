/** Szablony: ready texts of a channel, with a shortcut and variables (CC-166, CC-178, CC-190). */
import { ActionIcon, Badge, Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Panel } from "@/base/Page";
import { Row, Rows } from "@/base/parts/Rows";
import { fieldProblem, ProblemAlert, tellProblem } from "@/base/problems";
import { keys } from "@/settings/keys";
import { useTemplates } from "@/settings/queries";
import { api, type Template, type TemplateChannel } from "@/settings/rest";

function Editor({ channel, template, variables, onClose }: { channel: TemplateChannel; template: Template | null; variables: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [fields, setFields] = useState({ name: template?.name ?? "", shortcut: template?.shortcut ?? "", text: template?.text ?? "" });
  const save = useMutation({
    mutationFn: () =>
      template === null ? api.addTemplate({ channel, ...fields }) : api.changeTemplate(template.id, { version: template.version, ...fields }),
    onSuccess: async () => {
      onClose();
      await cache.invalidateQueries({ queryKey: keys.settings });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={template === null ? t("settings.template.add") : t("settings.template.edit")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {save.error && <ProblemAlert error={save.error} />}
          <TextInput
            label={t("settings.template.name")}
            required
            data-autofocus
            maxLength={100}
            value={fields.name}
            error={fieldProblem(save.error, "name")}
            onChange={(event) => setFields({ ...fields, name: event.currentTarget.value })}
          />
          <TextInput
            label={t("settings.template.shortcut")}
            description={t("settings.template.shortcutText")}
            leftSection="/"
            maxLength={40}
            value={fields.shortcut}
            error={fieldProblem(save.error, "shortcut")}
            onChange={(event) => setFields({ ...fields, shortcut: event.currentTarget.value })}
          />
          <Textarea
            label={t("settings.template.text")}
            required
            autosize
            minRows={4}
            maxRows={12}
            maxLength={4000}
            value={fields.text}
            error={fieldProblem(save.error, "text")}
            onChange={(event) => setFields({ ...fields, text: event.currentTarget.value })}
          />
          <Group gap={6}>
            <Text size="sm" c="dimmed">
              {t("settings.template.variables")}
            </Text>
            {variables.map((name) => (
              <Button
                key={name}
                size="compact-xs"
                variant="default"
                onClick={() => setFields({ ...fields, text: `${fields.text}{{${name}}}` })}
              >
                {`{{${name}}}`}
              </Button>
            ))}
          </Group>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={fields.name.trim() === "" || fields.text.trim() === ""}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function Templates({ channel }: { channel: TemplateChannel }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const query = useTemplates();
  const [edited, setEdited] = useState<Template | "new" | null>(null);
  const remove = useMutation({
    mutationFn: api.deleteTemplate,
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.settings }),
    onError: tellProblem,
  });
  const items = query.data?.items.filter((template) => template.channel === channel) ?? [];
  return (
    <Panel
      title={t("settings.template.title")}
      action={
        <ActionIcon variant="light" size="lg" aria-label={t("settings.template.add")} onClick={() => setEdited("new")}>
          <IconPlus size={20} />
        </ActionIcon>
      }
    >
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("settings.template.none")}
        </Text>
      )}
      <Rows>
        {items.map((template) => (
          <Row key={template.id} wraps>
            <div className="grow">
              <Group gap="xs">
                <Text size="sm" fw={600}>
                  {template.name}
                </Text>
                {template.shortcut !== "" && (
                  <Badge variant="light" color="gray" tt="none">
                    /{template.shortcut}
                  </Badge>
                )}
              </Group>
              <Text size="sm" c="dimmed" lineClamp={2}>
                {template.text}
              </Text>
            </div>
            <ActionIcon variant="subtle" color="gray" aria-label={t("settings.template.editNamed", { name: template.name })} onClick={() => setEdited(template)}>
              <IconPencil size={18} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={t("settings.template.deleteNamed", { name: template.name })}
              onClick={() => remove.mutate(template.id)}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Row>
        ))}
      </Rows>
      {edited !== null && (
        <Editor
          channel={channel}
          template={edited === "new" ? null : edited}
          variables={query.data?.variables ?? []}
          onClose={() => setEdited(null)}
        />
      )}
    </Panel>
  );
}
