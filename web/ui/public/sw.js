/**
 * The app's service worker: shows notices that are pushed while the app is closed or out of sight, and opens what they are
 * about. It serves nothing from a cache, so that nobody ever runs an old app.
 */
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

async function show({ tag, title, body, url }) {
  // Whoever looks at the app sees it there; a trial is shown in any case.
  if (tag !== "trial" && (await windows()).some((client) => client.focused)) return;
  const icon = "/icon-192.png";
  await self.registration.showNotification(title, { body, tag, icon, badge: icon, data: { url } });
}

/** Bring the window that shows it to the front, or any window of the app and let it go there, or open one. */
async function open(url) {
  const all = await windows();
  const path = (client) => new URL(client.url).pathname;
  const there = all.find((client) => path(client) === url);
  if (there) return void (await there.focus());
  // A call has a window of its own, and a window with a call is left alone.
  const free = url.startsWith("/conference/") ? undefined : all.find((client) => !path(client).startsWith("/conference/"));
  if (!free) return void (await self.clients.openWindow(url));
  await free.focus();
  free.postMessage({ type: "open", url });
}

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(show(event.data.json()));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? "/conferencing"));
});

/** The push service gave another address: the server learns it, as long as somebody is signed in. */
async function renew(old) {
  const subscription = await self.registration.pushManager.subscribe(old.options);
  const { endpoint, keys } = subscription.toJSON();
  await fetch("/api/v1/push/subscription", {
    method: "PUT",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, keys }),
  });
}

self.addEventListener("pushsubscriptionchange", (event) => {
  if (event.oldSubscription) event.waitUntil(renew(event.oldSubscription));
});
