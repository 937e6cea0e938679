/** Draws the guest's page: its own small root, without the application. */
import { createRoot } from "react-dom/client";

import { startLanguage } from "@/base/i18n";
import { Door } from "@/calls/guests/door";
import { GuestPage } from "@/calls/guests/GuestPage";

import { Providers } from "./Providers";

export async function startGuest(): Promise<void> {
  const door = new Door();
  const opened = door.open();
  // Another link in the same tab is another invitation.
  window.addEventListener("hashchange", () => window.location.reload());
  await startLanguage();
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <Providers>
      <GuestPage door={door} />
    </Providers>,
  );
  await opened;
}
