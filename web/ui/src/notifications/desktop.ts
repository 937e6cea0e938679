/** Desktop notifications, after the person allowed them. */
import { Store } from "@/app/store";

export type NotificationState = NotificationPermission | "impossible";

function readPermission(): NotificationState {
  return typeof Notification === "undefined" || !window.isSecureContext ? "impossible" : Notification.permission;
}

export const notificationState = new Store<NotificationState>(readPermission());

/** Ask; only in answer to a press. */
export async function askForNotifications(): Promise<void> {
  if (readPermission() === "impossible") return;
  await Notification.requestPermission();
  notificationState.set(readPermission());
}

/**
 * Show a notification, unless the page has the person's attention.
 *
 * tag      a newer one of the same tag replaces it
 * returns  a function that takes it away
 */
export function notify(tag: string, title: string, body: string, onClick: () => void): () => void {
  if (readPermission() !== "granted" || (document.visibilityState === "visible" && document.hasFocus())) return () => undefined;
  try {
    const shown = new Notification(title, { body, tag });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
    return () => shown.close();
  } catch {
    // Chrome on Android shows notifications through a service worker only.
    return () => undefined;
  }
}
