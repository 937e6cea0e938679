/** The application starts here. */
import "@fontsource-variable/figtree/index.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./app/base.css";

import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import { startLanguage } from "./app/i18n";
import { Providers } from "./app/Providers";
import { router } from "./app/router";

async function start(): Promise<void> {
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
