/** Waiting for the first answer. */
import { Center, Loader, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center mih={160} h="100%" role="status">
      <Loader type="dots" />
      <VisuallyHidden>{t("common.loading")}</VisuallyHidden>
    </Center>
  );
}
