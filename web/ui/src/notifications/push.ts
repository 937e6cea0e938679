/** Notices on this device while the app is closed: the service worker, and the browser's subscription to pushes. */
import { Observable } from "@/protocol/observable";

import { askForNotifications, notificationState } from "./desktop";
import { api } from "./rest";

export type PushState = "unknown" | "impossible" | "denied" | "off" | "on";

export const pushState = new Observable<PushState>("unknown");

// Whose choice the browser's subscription is: another person who signs in here has not asked for it.
const CHOSEN_BY = "centrala.push";

function isPossible(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && notificationState.get() !== "impossible";
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.ready;
  return registration.pushManager.getSubscription();
}

function bodyOf(taken: PushSubscription) {
  const { endpoint, keys } = taken.toJSON();
  return { endpoint: endpoint ?? "", keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } };
}

/**
 * Begin the service worker, and tell the server anew where this browser takes notices, if the person chose that here.
 *
 * open   goes to a page of the app, after a press on a notice
 */
export async function startPush(personId: string, open: (url: string) => void): Promise<void> {
  if (!isPossible()) {
    pushState.set("impossible");
    return;
  }
  navigator.serviceWorker.onmessage = ({ data }: MessageEvent<{ type?: string; url?: string }>) => {
    if (data.type === "open" && data.url?.startsWith("/")) open(data.url);
  };
  await navigator.serviceWorker.register("/sw.js");
  if (notificationState.get() === "denied") {
    pushState.set("denied");
    return;
  }
  const taken = window.localStorage.getItem(CHOSEN_BY) === personId ? await subscription() : null;
  if (taken !== null) await api.push.add(bodyOf(taken));
  pushState.set(taken === null ? "off" : "on");
}

/** Take notices on this device; only in answer to a press. */
export async function turnPushOn(personId: string): Promise<void> {
  await askForNotifications();
  if (notificationState.get() !== "granted") {
    pushState.set(notificationState.get() === "denied" ? "denied" : "off");
    return;
  }
  const { key } = await api.push.key();
  const registration = await navigator.serviceWorker.ready;
  // A subscription with another server's key cannot be used, nor be replaced without ending it.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const taken = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await api.push.add(bodyOf(taken));
  window.localStorage.setItem(CHOSEN_BY, personId);
  pushState.set("on");
}

/** Take no notices on this device any more. */
export async function turnPushOff(): Promise<void> {
  window.localStorage.removeItem(CHOSEN_BY);
  const taken = await subscription();
  if (taken !== null) {
    await api.push.remove(taken.endpoint);
    await taken.unsubscribe();
  }
  pushState.set("off");
}

/** Send a notice here, and say what came of it. */
export async function tryPush(): Promise<"taken" | "gone" | "refused" | "unreachable"> {
  const taken = await subscription();
  if (taken === null) return "gone";
  return (await api.push.tryOut(taken.endpoint)).outcome;
}
