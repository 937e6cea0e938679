/** Light, dark, or as the device says. */
import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function ThemeControl() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t("common.theme.label")}
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
      data={[
        { value: "light", label: t("common.theme.light") },
        { value: "dark", label: t("common.theme.dark") },
        { value: "auto", label: t("common.theme.auto") },
      ]}
    />
  );
}
