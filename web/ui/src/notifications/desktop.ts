/** Desktop notifications, after the person allowed them. */
import { Observable } from "@/protocol/observable";

export type NotificationState = NotificationPermission | "impossible";

function readPermission(): NotificationState {
  return typeof Notification === "undefined" || !window.isSecureContext ? "impossible" : Notification.permission;
}

const ICON = "/icon-192.png";

export const notificationState = new Observable<NotificationState>(readPermission());

/** Ask; only in answer to a press. */
export async function askForNotifications(): Promise<void> {
  if (readPermission() === "impossible") return;
  await Notification.requestPermission();
  notificationState.set(readPermission());
}

/**
 * Show a notification, unless the page has the person's attention.
 *
 * Once there is a service worker it shows it, so that a pushed notice of the same tag replaces it instead of doubling it.
 *
 * tag      a newer one of the same tag replaces it
 * url      the page of the app that a press opens
 * onClick  what a press does instead, where no service worker is
 * returns  a function that takes it away
 */
export function notify(tag: string, title: string, body: string, url: string, onClick: () => void): () => void {
  if (readPermission() !== "granted" || (document.visibilityState === "visible" && document.hasFocus())) return () => undefined;
  let close: () => void = () => undefined;
  const over = new AbortController();
  const isOver = () => over.signal.aborted;
  const show = async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    if (isOver()) return;
    if (worker?.active) {
      await worker.showNotification(title, { body, tag, icon: ICON, badge: ICON, data: { url } });
      close = () => void worker.getNotifications({ tag }).then((shown) => shown.forEach((one) => one.close()));
      if (isOver()) close();
      return;
    }
    const shown = new Notification(title, { body, tag });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
    close = () => shown.close();
  };
  // Chrome on Android shows none without a service worker.
  show().catch(() => undefined);
  return () => {
    over.abort();
    close();
  };
}
