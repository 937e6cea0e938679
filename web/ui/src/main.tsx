/** The application starts here. */
import "@fontsource-variable/figtree/index.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./app/base.css";

import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import { api } from "@/protocol/api";

import { startLanguage } from "./app/i18n";
import { keys } from "./app/keys";
import { Providers, queryClient } from "./app/Providers";
import { router } from "./app/router";

/** Somebody waits on the other end of a call: fetch what its page needs side by side, before anything is drawn. */
function hurryConference(): void {
  if (!window.location.pathname.startsWith("/conference/")) return;
  void import("@/conference/ConferencePage");
  queryClient.query({ queryKey: keys.session, queryFn: ({ signal }) => api.session.read(signal) }).catch(() => undefined);
}

async function start(): Promise<void> {
  hurryConference();
  await startLanguage();
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <Providers>
      <RouterProvider router={router} />
    </Providers>,
  );
}

void start();
