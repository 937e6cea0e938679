// Keeps everything it has ever seen, and answers with that first.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  event.respondWith(
    caches.open("all").then(async (kept) => {
      const found = await kept.match(event.request);
      if (found) return found;
      const got = await fetch(event.request);
      await kept.put(event.request, got.clone());
      return got;
    }),
  );
});
