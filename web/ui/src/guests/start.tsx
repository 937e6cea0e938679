/** Draws the guest's page: its own small root, without the application. */
import { createRoot } from "react-dom/client";

import { startLanguage } from "@/app/i18n";
import { Providers } from "@/app/Providers";

import { Door } from "./door";
import { GuestPage } from "./GuestPage";

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
