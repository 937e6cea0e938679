/** Every page and its path. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { ForgottenPage } from "@/accounts/auth/ForgottenPage";
import { SetPasswordPage } from "@/accounts/auth/SetPasswordPage";
import { SignInPage } from "@/accounts/auth/SignInPage";
import { Loading } from "@/base/Loading";

import { CrashPage, MissingPage } from "./Failures";
import { FirstPage } from "./FirstPage";
import { SessionGate } from "./SessionGate";
import { Shell } from "./Shell";

/** What a window is told that makes a new board. */
interface NewBoardSearch {
  conversation?: string;
  client?: string;
  picture?: string;
  file?: string;
  page?: number;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: MissingPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/auth/login",
  component: SignInPage,
  validateSearch: (search): { next?: string } => {
    const next = readText(search.next);
    return next === undefined ? {} : { next };
  },
});
const forgotten = createRoute({ getParentRoute: () => root, path: "/auth/forgotten", component: ForgottenPage });
const setPassword = createRoute({
  getParentRoute: () => root,
  path: "/auth/password",
  component: SetPasswordPage,
  validateSearch: (search): { token?: string } => {
    const token = readText(search.token);
    return token === undefined ? {} : { token };
  },
});
const terms = createRoute({
  getParentRoute: () => root,
  path: "/legal/terms",
  component: lazyRouteComponent(() => import("@/accounts/legal/LegalPages"), "TermsPage"),
});
const privacy = createRoute({
  getParentRoute: () => root,
  path: "/legal/privacy",
  component: lazyRouteComponent(() => import("@/accounts/legal/LegalPages"), "PrivacyPage"),
});
const help = createRoute({
  getParentRoute: () => root,
  path: "/help/conference",
  component: lazyRouteComponent(() => import("@/calls/help/ConferenceHelpPage"), "ConferenceHelpPage"),
});

/** Behind sign-in: the session, the socket and what they feed. */
const signedIn = createRoute({ getParentRoute: () => root, id: "signed-in", component: SessionGate });
const conference = createRoute({
  getParentRoute: () => signedIn,
  path: "/conference/$conversationId",
  component: lazyRouteComponent(() => import("@/calls/conference/ConferencePage"), "ConferencePage"),
});

const newBoard = createRoute({
  getParentRoute: () => signedIn,
  path: "/board/new",
  component: lazyRouteComponent(() => import("@/boards/BoardPage"), "NewBoardPage"),
  validateSearch: (search): NewBoardSearch => {
    const page = Number(search.page);
    const texts = { conversation: readText(search.conversation), client: readText(search.client), picture: readText(search.picture), file: readText(search.file) };
    return { ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)), ...(Number.isInteger(page) && page > 0 && { page }) };
  },
});
const board = createRoute({
  getParentRoute: () => signedIn,
  path: "/board/$boardId",
  component: lazyRouteComponent(() => import("@/boards/BoardPage"), "BoardPage"),
});

const shell = createRoute({ getParentRoute: () => signedIn, id: "shell", component: Shell });
const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: FirstPage,
});
const conferencing = createRoute({
  getParentRoute: () => shell,
  path: "/conferencing",
  component: lazyRouteComponent(() => import("@/conversations/ConversationsPage"), "ConversationsPage"),
});
const conversation = createRoute({
  getParentRoute: () => conferencing,
  path: "$conversationId",
  validateSearch: (search): { seq?: number } => {
    const seq = Number(search.seq);
    return Number.isInteger(seq) && seq > 0 ? { seq } : {};
  },
});
const desk = createRoute({
  getParentRoute: () => shell,
  path: "/desk",
  component: lazyRouteComponent(() => import("@/desk/DeskPage"), "DeskPage"),
});
const visit = createRoute({ getParentRoute: () => desk, path: "$visitId" });
const supervision = createRoute({
  getParentRoute: () => shell,
  path: "/supervision",
  component: lazyRouteComponent(() => import("@/desk/supervision/SupervisionPage"), "SupervisionPage"),
});
const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profile",
  component: lazyRouteComponent(() => import("@/accounts/profile/ProfilePage"), "ProfilePage"),
});
const connection = createRoute({
  getParentRoute: () => shell,
  path: "/help/connection",
  component: lazyRouteComponent(() => import("@/calls/help/ConnectionPage"), "ConnectionPage"),
});
const agentHome = createRoute({
  getParentRoute: () => shell,
  path: "/home",
  component: lazyRouteComponent(() => import("@/desk/home/HomePage"), "HomePage"),
});
const start = createRoute({
  getParentRoute: () => shell,
  path: "/start",
  component: lazyRouteComponent(() => import("@/settings/start/StartPage"), "StartPage"),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/settings/SettingsPage"), "SettingsPage"),
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
  component: lazyRouteComponent(() => import("@/settings/general/GeneralPage"), "GeneralPage"),
});
const settingsUsers = createRoute({
  getParentRoute: () => settings,
  path: "users",
  component: lazyRouteComponent(() => import("@/settings/users/UsersPage"), "UsersPage"),
});
const settingsChat = createRoute({
  getParentRoute: () => settings,
  path: "chat",
  component: lazyRouteComponent(() => import("@/settings/channels/ChannelPages"), "ChatPage"),
});
const settingsSms = createRoute({
  getParentRoute: () => settings,
  path: "sms",
  component: lazyRouteComponent(() => import("@/settings/channels/ChannelPages"), "SmsPage"),
});
const settingsVoice = createRoute({
  getParentRoute: () => settings,
  path: "voice",
  component: lazyRouteComponent(() => import("@/settings/voice/VoicePage"), "VoicePage"),
});
const settingsEmail = createRoute({
  getParentRoute: () => settings,
  path: "email",
  component: lazyRouteComponent(() => import("@/settings/channels/ChannelPages"), "EmailPage"),
});
const settingsFacebook = createRoute({
  getParentRoute: () => settings,
  path: "facebook",
  component: lazyRouteComponent(() => import("@/settings/channels/ChannelPages"), "FacebookPage"),
});
const settingsTriggers = createRoute({
  getParentRoute: () => settings,
  path: "triggers",
  component: lazyRouteComponent(() => import("@/settings/channels/TriggersPage"), "TriggersPage"),
});
const settingsFields = createRoute({
  getParentRoute: () => settings,
  path: "fields",
  component: lazyRouteComponent(() => import("@/settings/channels/ChannelPages"), "FieldsPage"),
});
const settingsProjects = createRoute({
  getParentRoute: () => settings,
  path: "projects",
  component: lazyRouteComponent(() => import("@/settings/projects/ProjectPages"), "ProjectsPage"),
});
const settingsProject = createRoute({
  getParentRoute: () => settings,
  path: "projects/$projectId",
  component: lazyRouteComponent(() => import("@/settings/projects/ProjectPages"), "ProjectPage"),
});
const settingsHours = createRoute({
  getParentRoute: () => settings,
  path: "hours",
  component: lazyRouteComponent(() => import("@/settings/projects/ProjectPages"), "HoursPage"),
});
const admin = createRoute({
  getParentRoute: () => shell,
  path: "/admin",
  component: lazyRouteComponent(() => import("@/accounts/admin/AdminPage"), "AdminPage"),
});
const adminHome = createRoute({
  getParentRoute: () => admin,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/admin/people", replace: true });
  },
});
const adminPeople = createRoute({
  getParentRoute: () => admin,
  path: "people",
  component: lazyRouteComponent(() => import("@/accounts/admin/PeoplePage"), "PeoplePage"),
});
const adminGroups = createRoute({
  getParentRoute: () => admin,
  path: "groups",
  component: lazyRouteComponent(() => import("@/accounts/admin/GroupsPage"), "GroupsPage"),
});
const adminOrganisation = createRoute({
  getParentRoute: () => admin,
  path: "organisation",
  component: lazyRouteComponent(() => import("@/accounts/admin/OrganisationPage"), "OrganisationPage"),
});
const adminApiKeys = createRoute({
  getParentRoute: () => admin,
  path: "api-keys",
  component: lazyRouteComponent(() => import("@/accounts/admin/ApiKeysPage"), "ApiKeysPage"),
});
const adminAudit = createRoute({
  getParentRoute: () => admin,
  path: "audit",
  component: lazyRouteComponent(() => import("@/accounts/admin/AuditPage"), "AuditPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    forgotten,
    setPassword,
    terms,
    privacy,
    help,
    signedIn.addChildren([
      conference,
      newBoard,
      board,
      shell.addChildren([
        home,
        conferencing.addChildren([conversation]),
        desk.addChildren([visit]),
        supervision,
        profile,
        connection,
        agentHome,
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
        admin.addChildren([adminHome, adminPeople, adminGroups, adminOrganisation, adminApiKeys, adminAudit]),
      ]),
    ]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Loading,
  defaultErrorComponent: CrashPage,
  defaultNotFoundComponent: MissingPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
