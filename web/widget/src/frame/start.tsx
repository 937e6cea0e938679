/** Draws the frame: greets the host's page, and begins with what it says. */
import { render } from "preact";

import { App } from "./App";
import { Calls } from "./calls";
import { Host, type Greeting } from "./host";
import { paint } from "./paint";
import { Visit } from "./visit";
import { speak } from "./words";
import type { HostPage } from "../loader/protocol";
import { chooseLanguage } from "../loader/words";

/** A page without the loader, opened by itself, knows its own language only. */
const ALONE: () => Greeting = () => ({ language: chooseLanguage(new URLSearchParams(window.location.search).get("language"), "", navigator.languages), params: {} });

export async function startFrame(key: string, root: HTMLElement): Promise<void> {
  const host = new Host(key);
  const greeting = host.isEmbedded ? await host.greet() : ALONE();
  const page = (): HostPage => host.state.get().page ?? { url: window.location.href, title: document.title };
  const visit = new Visit(key, page, greeting.params);
  const calls = new Calls(visit, host);
  host.whenIdentified((identity, forget) => visit.identify(identity, forget));
  let known = host.state.get().page;
  host.state.subscribe(() => {
    const { page: now } = host.state.get();
    if (now !== null && now !== known) visit.onPage(now);
    known = now;
  });
  visit.state.subscribe(() => {
    const { config } = visit.state.get();
    if (config !== null) paint(config.colour);
  });
  window.addEventListener("pagehide", () => visit.socket?.close());
  window.addEventListener("pageshow", (event) => event.persisted && visit.socket?.open());
  await speak(greeting.language);
  render(<App visit={visit} host={host} calls={calls} />, root);
  await visit.start();
}
