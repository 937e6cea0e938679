/** The page begins here: a call's window takes its seat while the application is still loading. */
import "@fontsource-variable/figtree/index.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./base/tokens.css";
import "./base/base.css";

import type { Opening } from "./calls/conference/opening";
import { isCheckedFirst } from "./calls/conference/checkFirst";
import { comesBack } from "./media/instance";

async function openCall(): Promise<Opening | null> {
  const [, conversationId] = /^\/conference\/([^/]+)\/?$/.exec(window.location.pathname) ?? [];
  if (conversationId === undefined || (isCheckedFirst(window.location.search) && !comesBack(conversationId))) return null;
  const { Opening } = await import("./calls/conference/opening");
  return new Opening(conversationId);
}

async function begin(): Promise<void> {
  if (/^\/guest\/?$/.test(window.location.pathname)) {
    const { startGuest } = await import("./app/startGuest");
    await startGuest();
    return;
  }
  const opening = await openCall();
  if (opening !== null) {
    await opening.answered;
    // Fetched beside the application, which asks for it again.
    import("./calls/conference/ConferencePage").catch(() => undefined);
  }
  const { start } = await import("./app/start");
  await start(opening);
}

void begin();
