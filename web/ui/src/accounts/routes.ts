/** The pages of accounts and their addresses. */
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { readText, root, shell, type FeatureRoutes } from "@/base/routes";

import { ForgottenPage } from "./auth/ForgottenPage";
import { SetPasswordPage } from "./auth/SetPasswordPage";
import { SignInPage } from "./auth/SignInPage";

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
  component: lazyRouteComponent(() => import("./legal/LegalPages"), "TermsPage"),
});
const privacy = createRoute({
  getParentRoute: () => root,
  path: "/legal/privacy",
  component: lazyRouteComponent(() => import("./legal/LegalPages"), "PrivacyPage"),
});
const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profile",
  component: lazyRouteComponent(() => import("./profile/ProfilePage"), "ProfilePage"),
});
const admin = createRoute({
  getParentRoute: () => shell,
  path: "/admin",
  component: lazyRouteComponent(() => import("./admin/AdminPage"), "AdminPage"),
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
  component: lazyRouteComponent(() => import("./admin/PeoplePage"), "PeoplePage"),
});
const adminGroups = createRoute({
  getParentRoute: () => admin,
  path: "groups",
  component: lazyRouteComponent(() => import("./admin/GroupsPage"), "GroupsPage"),
});
const adminOrganisation = createRoute({
  getParentRoute: () => admin,
  path: "organisation",
  component: lazyRouteComponent(() => import("./admin/OrganisationPage"), "OrganisationPage"),
});
const adminApiKeys = createRoute({
  getParentRoute: () => admin,
  path: "api-keys",
  component: lazyRouteComponent(() => import("./admin/ApiKeysPage"), "ApiKeysPage"),
});
const adminAudit = createRoute({
  getParentRoute: () => admin,
  path: "audit",
  component: lazyRouteComponent(() => import("./admin/AuditPage"), "AuditPage"),
});

export const routes = {
  root: [signIn, forgotten, setPassword, terms, privacy],
  shell: [profile, admin.addChildren([adminHome, adminPeople, adminGroups, adminOrganisation, adminApiKeys, adminAudit])],
} satisfies FeatureRoutes;
