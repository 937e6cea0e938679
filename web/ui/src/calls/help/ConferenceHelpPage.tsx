/** More about video conferences (CONF-011). */
import { useTranslation } from "react-i18next";

import { Chapters, Document } from "@/accounts/legal/Document";

export function ConferenceHelpPage() {
  const { t } = useTranslation();
  return (
    <Document title={t("help.conference.title")}>
      <p>{t("help.conference.intro")}</p>
      <Chapters
        chapters={[
          { heading: t("help.conference.startHeading"), text: t("help.conference.start") },
          { heading: t("help.conference.answerHeading"), text: t("help.conference.answer") },
          { heading: t("help.conference.devicesHeading"), text: t("help.conference.devices") },
          { heading: t("help.conference.networkHeading"), text: t("help.conference.network") },
          { heading: t("help.conference.leaveHeading"), text: t("help.conference.leave") },
        ]}
      />
    </Document>
  );
}
