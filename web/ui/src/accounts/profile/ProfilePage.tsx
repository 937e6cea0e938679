/** One's own data, preferences, password and sessions (CC-140..144, PBX-015, PBX-016). */
import { useTranslation } from "react-i18next";

import { profilePanels } from "@/accounts/slots";
import { Page } from "@/base/Page";
import { Filled } from "@/base/slots";

import { PasswordPanel } from "./PasswordPanel";
import { PersonalPanel } from "./PersonalPanel";
import { PreferencesPanel } from "./PreferencesPanel";
import { RefusedSignInsPanel, SessionsPanel } from "./SessionsPanel";
import { SoundPanel } from "./SoundPanel";

export function ProfilePage() {
  const { t } = useTranslation();
  return (
    <Page title={t("common.nav.profile")}>
      <PersonalPanel />
      <Filled slot={profilePanels}>{(Panel) => <Panel />}</Filled>
      <PreferencesPanel />
      <SoundPanel />
      <PasswordPanel />
      <SessionsPanel />
      <RefusedSignInsPanel />
    </Page>
  );
}
