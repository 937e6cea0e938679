/** The script for the site with its copy button, the guides, and the indicator whether it is embedded (CC-012..015, CC-157). */
import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconClipboardCheck, IconClipboardCopy, IconExternalLink, IconFileTypePdf, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { tellRefusal } from "@/base/problems";
import { useCheckWidget } from "@/settings/queries";
import { api, type Widget } from "@/settings/rest";
import classes from "./Snippet.module.css";

const SYSTEMS = ["wordpress", "shopify", "joomla", "html"] as const;
const COPIED_MS = 2_500;

export function Script({ projectId, widgetKey, snippet }: { projectId: string; widgetKey: string; snippet: string }) {
  // locale-keys: settings.guide.*
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(snippet);
      setCopied(true);
      setTimeout(() => setCopied(false), COPIED_MS);
    } catch {
      tellRefusal(t("settings.script.notCopied"));
    }
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{t("settings.script.where")}</Text>
      <pre className={classes.code} tabIndex={0} aria-label={t("settings.script.title")}>
        {snippet}
      </pre>
      <Group justify="space-between" gap="sm">
        <Button
          variant="light"
          leftSection={isCopied ? <IconClipboardCheck size={18} /> : <IconClipboardCopy size={18} />}
          onClick={() => void copy()}
        >
          {isCopied ? t("settings.script.copied") : t("settings.script.copy")}
        </Button>
        <TryIt widgetKey={widgetKey} />
        <Group gap="md" aria-label={t("settings.script.guides")} role="group">
          {SYSTEMS.map((system) => (
            <Anchor key={system} href={api.guideAddress(projectId, system)} size="sm" download>
              <Group gap={4} wrap="nowrap" component="span">
                <IconFileTypePdf size={17} aria-hidden="true" />
                {t(`settings.guide.${system}`)}
              </Group>
            </Anchor>
          ))}
        </Group>
      </Group>
    </Stack>
  );
}

/** A page of a made-up shop with this widget on it, for whoever has no site at hand. */
export function TryIt({ widgetKey }: { widgetKey: string }) {
  const { t, i18n } = useTranslation();
  return (
    <Button component="a" variant="default" href={`/widget/${widgetKey}/try/?language=${i18n.language}`} target="_blank" rel="noopener" leftSection={<IconExternalLink size={18} />}>
      {t("settings.script.try")}
    </Button>
  );
}

export function Indicator({ widget }: { widget: Widget }) {
  // locale-keys: settings.finding.*
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const check = useCheckWidget();
  const { embedding } = widget;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="sm">
        <Badge size="lg" tt="none" variant="light" color={embedding.works ? "green" : "orange"}>
          {embedding.works ? t("settings.script.works") : t("settings.script.worksNot")}
        </Badge>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={check.isPending}
          disabled={embedding.url === ""}
          onClick={() => check.mutate([widget.project_id])}
        >
          {t("settings.script.check")}
        </Button>
      </Group>
      {embedding.url === "" && (
        <Text size="sm" c="dimmed">
          {t("settings.script.siteNeeded")}
        </Text>
      )}
      {embedding.checked_at_ms !== null && embedding.finding !== "" && (
        <Text size="sm" c="dimmed">
          {t(`settings.finding.${embedding.finding}`, { url: embedding.checked_url, time: dateTime(embedding.checked_at_ms) })}
        </Text>
      )}
      {embedding.seen_at_ms !== null && (
        <Text size="sm" c="dimmed">
          {t("settings.script.seen", { url: embedding.seen_url, time: dateTime(embedding.seen_at_ms) })}
        </Text>
      )}
    </Stack>
  );
}
