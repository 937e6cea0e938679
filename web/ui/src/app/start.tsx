/** Draws the application. */
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import type { Opening } from "@/conference/opening";

import { startLanguage } from "./i18n";
import { keys } from "./keys";
import { OpeningContext } from "./opening";
import { Providers, queryClient } from "./Providers";
import { router } from "./router";

/** opening   the call that this window is for, already on its way */
export async function start(opening: Opening | null): Promise<void> {
  if (opening !== null) queryClient.query({ queryKey: keys.session, queryFn: () => opening.session }).catch(() => undefined);
  await startLanguage();
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <OpeningContext value={opening}>
      <Providers>
        <RouterProvider router={router} />
      </Providers>
    </OpeningContext>,
  );
}
