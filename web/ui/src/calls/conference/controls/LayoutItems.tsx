/** Entries of the menu: how the people are laid out on this screen. */
import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useValue } from "@/base/useValue";
import type { LayoutChoice } from "@/calls/conference/arrangement";
import { LAYOUTS, useViewing } from "@/calls/conference/view";

// locale-keys: conference.layout.auto, conference.layout.grid, conference.layout.speaker
export function LayoutItems() {
  const { t } = useTranslation();
  const viewing = useViewing();
  const { layout } = useValue(viewing);
  return (
    <>
      <Menu.Label>{t("conference.layout.label")}</Menu.Label>
      <Menu.RadioGroup value={layout} onChange={(value) => viewing.change((view) => ({ ...view, layout: value as LayoutChoice, pin: null, page: 0 }))}>
        {LAYOUTS.map((one) => (
          <Menu.RadioItem key={one} value={one} data-testid={`layout-${one}`}>
            {t(`conference.layout.${one}`)}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
