/** Short, honest default texts; an operator puts their own in the catalogue (CC-007). */
import { useTranslation } from "react-i18next";

import { Chapters, Document } from "./Document";

export function TermsPage() {
  const { t } = useTranslation();
  return (
    <Document title={t("auth.terms")}>
      <p>{t("legal.terms.intro")}</p>
      <Chapters
        chapters={[
          { heading: t("legal.terms.accountHeading"), text: t("legal.terms.account") },
          { heading: t("legal.terms.useHeading"), text: t("legal.terms.use") },
          { heading: t("legal.terms.contentHeading"), text: t("legal.terms.content") },
          { heading: t("legal.terms.availabilityHeading"), text: t("legal.terms.availability") },
        ]}
      />
    </Document>
  );
}

export function PrivacyPage() {
  const { t } = useTranslation();
  return (
    <Document title={t("auth.privacy")}>
      <p>{t("legal.privacy.intro")}</p>
      <Chapters
        chapters={[
          { heading: t("legal.privacy.dataHeading"), text: t("legal.privacy.data") },
          { heading: t("legal.privacy.callsHeading"), text: t("legal.privacy.calls") },
          { heading: t("legal.privacy.cookiesHeading"), text: t("legal.privacy.cookies") },
          { heading: t("legal.privacy.rightsHeading"), text: t("legal.privacy.rights") },
        ]}
      />
    </Document>
  );
}
