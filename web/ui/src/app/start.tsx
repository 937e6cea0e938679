/** Draws the application. */
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import { keys } from "@/accounts/keys";
import { startLanguage } from "@/base/i18n";
import { FillingsContext } from "@/base/slots";
import type { Opening } from "@/calls/conference/opening";
import { OpeningContext } from "@/calls/conference/openingContext";

import { features } from "./features";
import { Providers, queryClient } from "./Providers";
import { router } from "./router";

const fillings = features.flatMap((feature) => feature.fillings ?? []);

/** opening   the call that this window is for, already on its way */
export async function start(opening: Opening | null): Promise<void> {
  if (opening !== null) queryClient.query({ queryKey: keys.session, queryFn: () => opening.session }).catch(() => undefined);
  await startLanguage();
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <OpeningContext value={opening}>
      <Providers>
        <FillingsContext value={fillings}>
          <RouterProvider router={router} />
        </FillingsContext>
      </Providers>
    </OpeningContext>,
  );
}
