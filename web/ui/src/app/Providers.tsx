/** Theme, catalogue, server data and short notices, around every page. */
import { MantineProvider, MantineThemeProvider, Notification } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { keys } from "@/accounts/keys";
import { cssVariables, theme } from "@/base/theme";
import { ApiProblem } from "@/protocol/problem";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
// The scroll lock of dialogs (react-remove-scroll) takes its nonce from here.
Object.assign(window, { __webpack_nonce__: nonce });

/** A request refused for want of a session: ask who is signed in, and the gate does the rest. */
function checkSession(error: unknown, queryKey?: readonly unknown[]): void {
  if (!(error instanceof ApiProblem) || error.status !== 401 || queryKey?.[0] === keys.session[0]) return;
  void queryClient.invalidateQueries({ queryKey: keys.session });
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => checkSession(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error) => checkSession(error) }),
  defaultOptions: {
    queries: {
      // Events keep the data true; a window that comes back has missed nothing.
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
      retry: (count, error) => count < 3 && error instanceof ApiProblem && error.isTransient && error.status !== 429,
    },
    mutations: { networkMode: "always", retry: false },
  },
});

/** Short notices above everything; the button that closes one has a name. */
function Notices() {
  const { t } = useTranslation();
  const named = Notification.extend({ defaultProps: { closeButtonProps: { "aria-label": t("common.close") } } });
  return (
    <MantineThemeProvider inherit theme={{ components: { Notification: named } }}>
      <Notifications position="top-center" limit={3} zIndex="var(--z-notifications)" />
    </MantineThemeProvider>
  );
}

export function Providers({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <Notices />
        {children}
      </MantineProvider>
    </QueryClientProvider>
  );
}
