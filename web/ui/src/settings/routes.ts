/** The pages of the settings and their addresses. */
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { shell, type FeatureRoutes } from "@/base/routes";

const start = createRoute({
  getParentRoute: () => shell,
  path: "/start",
  component: lazyRouteComponent(() => import("./start/StartPage"), "StartPage"),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: lazyRouteComponent(() => import("./SettingsPage"), "SettingsPage"),
});
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/general", replace: true });
  },
});
const settingsGeneral = createRoute({
  getParentRoute: () => settings,
  path: "general",
  component: lazyRouteComponent(() => import("./general/GeneralPage"), "GeneralPage"),
});
const settingsUsers = createRoute({
  getParentRoute: () => settings,
  path: "users",
  component: lazyRouteComponent(() => import("./users/UsersPage"), "UsersPage"),
});
const settingsChat = createRoute({
  getParentRoute: () => settings,
  path: "chat",
  component: lazyRouteComponent(() => import("./channels/ChannelPages"), "ChatPage"),
});
const settingsSms = createRoute({
  getParentRoute: () => settings,
  path: "sms",
  component: lazyRouteComponent(() => import("./channels/ChannelPages"), "SmsPage"),
});
const settingsVoice = createRoute({
  getParentRoute: () => settings,
  path: "voice",
  component: lazyRouteComponent(() => import("./voice/VoicePage"), "VoicePage"),
});
const settingsEmail = createRoute({
  getParentRoute: () => settings,
  path: "email",
  component: lazyRouteComponent(() => import("./channels/ChannelPages"), "EmailPage"),
});
const settingsFacebook = createRoute({
  getParentRoute: () => settings,
  path: "facebook",
  component: lazyRouteComponent(() => import("./channels/ChannelPages"), "FacebookPage"),
});
const settingsTriggers = createRoute({
  getParentRoute: () => settings,
  path: "triggers",
  component: lazyRouteComponent(() => import("./channels/TriggersPage"), "TriggersPage"),
});
const settingsFields = createRoute({
  getParentRoute: () => settings,
  path: "fields",
  component: lazyRouteComponent(() => import("./channels/ChannelPages"), "FieldsPage"),
});
const settingsProjects = createRoute({
  getParentRoute: () => settings,
  path: "projects",
  component: lazyRouteComponent(() => import("./projects/ProjectPages"), "ProjectsPage"),
});
const settingsProject = createRoute({
  getParentRoute: () => settings,
  path: "projects/$projectId",
  component: lazyRouteComponent(() => import("./projects/ProjectPages"), "ProjectPage"),
});
const settingsHours = createRoute({
  getParentRoute: () => settings,
  path: "hours",
  component: lazyRouteComponent(() => import("./projects/ProjectPages"), "HoursPage"),
});

export const routes = {
  shell: [
    start,
    settings.addChildren([
      settingsHome,
      settingsGeneral,
      settingsUsers,
      settingsChat,
      settingsSms,
      settingsVoice,
      settingsEmail,
      settingsFacebook,
      settingsTriggers,
      settingsFields,
      settingsProjects,
      settingsProject,
      settingsHours,
    ]),
  ],
} satisfies FeatureRoutes;
