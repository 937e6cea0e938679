/** One's own data, preferences, password and sessions (CC-140..144, PBX-015, PBX-016). */
import { useTranslation } from "react-i18next";

import { Page } from "@/base/Page";
import { ChannelsPanel } from "@/desk/home/ChannelsPanel";

import { PasswordPanel } from "./PasswordPanel";
import { PersonalPanel } from "./PersonalPanel";
import { PreferencesPanel } from "./PreferencesPanel";
import { SessionsPanel } from "./SessionsPanel";
import { SoundPanel } from "./SoundPanel";

export function ProfilePage() {
  const { t } = useTranslation();
  return (
    <Page title={t("common.nav.profile")}>
      <PersonalPanel />
      <ChannelsPanel />
      <PreferencesPanel />
      <SoundPanel />
      <PasswordPanel />
      <SessionsPanel />
    </Page>
  );
}
