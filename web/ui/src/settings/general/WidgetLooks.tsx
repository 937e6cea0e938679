/** Ustawienia widgetu: colour, corner, offsets, texts, who may embed it, and how it looks on a page (CC-159..161, CC-171). */
import { Alert, Button, ColorInput, Group, NumberInput, Select, SimpleGrid, Stack, Tabs, Textarea, TextInput } from "@mantine/core";
import { IconMessageCircle } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { LANGUAGE_NAMES } from "@/base/i18n";
import { Panel } from "@/base/Page";
import { fieldProblem, ProblemAlert, tellDone } from "@/base/problems";
import { DEFAULT_LANGUAGE, LANGUAGES } from "@/protocol/generated/languages";
import { useChangeWidget } from "@/settings/queries";
import type { Corner, Widget } from "@/settings/rest";
import classes from "./WidgetLooks.module.css";

import { chooseTextColour, COLOUR, isFaint } from "./colours";

const CORNERS: readonly Corner[] = ["bottom-right", "bottom-left", "top-right", "top-left"];
const TEXTS = ["title", "welcome", "away"] as const;
// The small page of the preview stands for one of this width.
const SCALE = 0.25;

function Preview({ colour, corner, x, y }: { colour: string; corner: Corner; x: number; y: number }) {
  const { t } = useTranslation();
  const [vertical, horizontal] = corner.split("-") as ["bottom" | "top", "left" | "right"];
  return (
    <div className={classes.preview} role="img" aria-label={t("settings.widget.preview")}>
      <span
        className={classes.launcher}
        style={{ [vertical]: Math.min(170, y * SCALE + 8), [horizontal]: Math.min(230, x * SCALE + 8), color: chooseTextColour(colour), background: colour }}
      >
        <IconMessageCircle size={24} aria-hidden="true" />
      </span>
    </div>
  );
}

export function WidgetLooks({ widget }: { widget: Widget }) {
  // locale-keys: settings.corner.*, settings.widget.text.*, settings.widget.placeholder.*
  const { t } = useTranslation();
  const save = useChangeWidget();
  const [colour, setColour] = useState(widget.colour);
  const [corner, setCorner] = useState(widget.corner);
  const [x, setX] = useState<number | string>(widget.offset_x_px);
  const [y, setY] = useState<number | string>(widget.offset_y_px);
  const [texts, setTexts] = useState(widget.texts);
  const [privacy_url, setPrivacy] = useState(widget.privacy_url);
  const [site_url, setSite] = useState(widget.site_url);
  const [origins, setOrigins] = useState(widget.origins.join("\n"));
  const isColour = COLOUR.test(colour);
  const shown = isColour ? colour : widget.colour;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const body = {
      version: widget.version,
      colour,
      corner,
      offset_x_px: Number(x),
      offset_y_px: Number(y),
      texts,
      privacy_url: privacy_url.trim(),
      site_url: site_url.trim(),
      origins: origins.split(/\s+/).filter(Boolean),
    };
    save.mutate([widget.project_id, body], { onSuccess: () => tellDone(t("profile.saved")) });
  };
  return (
    <Panel title={t("settings.widget.title")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {save.error && <ProblemAlert error={save.error} />}
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
            <Stack gap="sm">
              <ColorInput
                label={t("settings.widget.colour")}
                required
                format="hex"
                size="md"
                value={colour}
                error={isColour ? null : t("settings.widget.colourForm")}
                onChange={setColour}
                popoverProps={{ withinPortal: true }}
                eyeDropperButtonProps={{ "aria-label": t("settings.widget.pick") }}
              />
              <NumberInput label={t("settings.widget.offsetX")} required min={0} max={1000} suffix=" px" size="md" value={x} onChange={setX} />
              <NumberInput label={t("settings.widget.offsetY")} required min={0} max={1000} suffix=" px" size="md" value={y} onChange={setY} />
              <Select
                label={t("settings.widget.corner")}
                size="md"
                data={CORNERS.map((value) => ({ value, label: t(`settings.corner.${value}`) }))}
                value={corner}
                onChange={(value) => value !== null && setCorner(value)}
              />
            </Stack>
            <Stack gap="sm">
              <Preview colour={shown} corner={corner} x={Number(x)} y={Number(y)} />
              {isFaint(shown) && (
                <Alert color="orange" variant="light">
                  {t("settings.widget.faint")}
                </Alert>
              )}
            </Stack>
          </SimpleGrid>
          <Tabs defaultValue={DEFAULT_LANGUAGE}>
            <Tabs.List aria-label={t("settings.widget.texts")}>
              {LANGUAGES.map((language) => (
                <Tabs.Tab key={language} value={language}>
                  {t("settings.widget.texts")}: {LANGUAGE_NAMES[language]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {LANGUAGES.map((language) => (
              <Tabs.Panel key={language} value={language} pt="sm">
                <Stack gap="sm">
                  {TEXTS.map((name) => (
                    <TextInput
                      key={name}
                      label={t(`settings.widget.text.${name}`)}
                      placeholder={t(`settings.widget.placeholder.${name}`, { lng: language })}
                      maxLength={300}
                      value={texts[language]?.[name] ?? ""}
                      onChange={(event) => setTexts({ ...texts, [language]: { title: "", welcome: "", away: "", ...texts[language], [name]: event.currentTarget.value } })}
                    />
                  ))}
                </Stack>
              </Tabs.Panel>
            ))}
          </Tabs>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label={t("settings.widget.site")}
              description={t("settings.widget.siteText")}
              placeholder="https://"
              maxLength={500}
              value={site_url}
              error={fieldProblem(save.error, "site_url")}
              onChange={(event) => setSite(event.currentTarget.value)}
            />
            <TextInput
              label={t("settings.widget.privacy")}
              description={t("settings.widget.privacyText")}
              placeholder="https://"
              maxLength={500}
              value={privacy_url}
              error={fieldProblem(save.error, "privacy_url")}
              onChange={(event) => setPrivacy(event.currentTarget.value)}
            />
          </SimpleGrid>
          <Textarea
            label={t("settings.widget.origins")}
            description={t("settings.widget.originsText")}
            autosize
            minRows={2}
            value={origins}
            error={fieldProblem(save.error, "origins")}
            onChange={(event) => setOrigins(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={!isColour || x === "" || y === ""}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
