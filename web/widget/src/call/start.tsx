/** The call's own window: gets its credential from the frame that opened it, and outlives every page of the site. */
import { render } from "preact";
import { useEffect } from "preact/hooks";

import type { FromWindow, HandedCall } from "../frame/calls";
import { paint } from "../frame/paint";
import { useValue } from "../frame/useValue";
import { Visit } from "../frame/visit";
import { speak, t } from "../frame/words";
import { unwrap, wrap } from "../loader/protocol";
import { chooseLanguage } from "../loader/words";
import { Room } from "./Room";

const ASK_EVERY_MS = 300;

function placeOf(key: string): string {
  return `centrala.call.${key}`;
}

/** Nobody is there to hand a call over, and none was handed over before. */
function isOrphan(key: string): boolean {
  return window.opener === null && readKept(sessionStorage.getItem(placeOf(key))) === null;
}

/** What the frame hands over; after a reload, what this window kept of it. */
async function takeCall(key: string): Promise<HandedCall> {
  const place = placeOf(key);
  const opener = window.opener as Window | null;
  const kept = readKept(sessionStorage.getItem(place));
  if (opener === null && kept !== null) return kept;
  return new Promise((resolve) => {
    // The frame has the credential only when the server has answered its question.
    const timer = setInterval(() => ask(), ASK_EVERY_MS);
    const ask = () => opener?.postMessage(wrap<FromWindow>(key, { type: "call-ready" }), window.location.origin);
    const listen = ({ data, origin, source }: MessageEvent) => {
      if (origin !== window.location.origin || source !== opener) return;
      const message = unwrap<HandedCall>(key, data);
      if (message?.type !== "call") return;
      clearInterval(timer);
      window.removeEventListener("message", listen);
      sessionStorage.setItem(place, JSON.stringify(message));
      resolve(message);
    };
    window.addEventListener("message", listen);
    ask();
    // The page that opened this window is gone: go on with what is known.
    if (kept !== null) setTimeout(() => resolve(kept), ASK_EVERY_MS * 4);
  });
}

function readKept(text: string | null): HandedCall | null {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<HandedCall> | null;
    return typeof kept?.token === "string" ? { type: "call", token: kept.token, camera: kept.camera === true } : null;
  } catch {
    return null;
  }
}

export async function startCall(key: string, root: HTMLElement): Promise<void> {
  await speak(chooseLanguage(new URLSearchParams(window.location.search).get("language"), "", navigator.languages));
  document.documentElement.classList.add("call");
  if (isOrphan(key)) {
    // The site keeps windows apart (Cross-Origin-Opener-Policy): the call is in the frame.
    render(<p class="blank">{t("widget.call.orphan")}</p>, root);
    window.close();
    return;
  }
  render(<p class="blank">{t("widget.call.starting")}</p>, root);
  const { token, camera } = await takeCall(key);
  const visit = new Visit(key, () => ({ url: "", title: "" }), {});
  visit.resume(token);
  visit.state.subscribe(() => {
    const { config } = visit.state.get();
    if (config !== null) paint(config.colour);
  });
  // Closing the window hangs up.
  window.addEventListener("pagehide", () => visit.socket?.close());
  await visit.start();
  render(<CallWindow visit={visit} camera={camera} />, root);
}

function CallWindow({ visit, camera }: { visit: Visit; camera: boolean }) {
  const { visit: asked, config } = useValue(visit.state);
  const name = asked?.agent?.name ?? config?.organisation ?? "";
  useEffect(() => {
    document.title = t("widget.call.title", { name });
  }, [name]);
  return (
    <main class="callwindow" data-testid="call-window">
      {asked === null ? <p class="blank">{t("widget.call.ended")}</p> : <Room visit={visit} camera={camera} onOver={() => window.close()} />}
    </main>
  );
}
