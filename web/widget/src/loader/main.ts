/** The loader: begins the widget in a customer's page, and answers the calls that the page's snippet has queued. */
import type { LoaderConfig } from "./config";
import type { Params } from "./protocol";
import { Widget } from "./widget";
import { chooseLanguage } from "./words";

/** Written here by the server, for the widget whose key was asked for. */
declare const __CENTRALA_WIDGET__: LoaderConfig;

/** `centrala("open")`, `centrala(["identify", jwt])` */
type Call = string | [command: string, value?: unknown];

interface Door {
  (call: Call): void;
  /** What the snippet's stub has queued. */
  _?: Call[];
  params?: Params;
  widget?: Widget;
}

const script = document.currentScript;

function begin(): void {
  const place = window as unknown as { centrala?: Door };
  const stub = place.centrala;
  if (stub?.widget !== undefined) return;
  const config = __CENTRALA_WIDGET__;
  const origin = script instanceof HTMLScriptElement && script.src !== "" ? new URL(script.src).origin : config.origin;
  const params = stub?.params ?? {};
  const language = chooseLanguage(params.language, document.documentElement.lang, navigator.languages);
  const widget = new Widget(config, origin, language, params);
  const door: Door = (call) => {
    const [command, value] = typeof call === "string" ? [call] : call;
    if (command === "open") widget.show(true, false);
    else if (command === "close") widget.show(false, false);
    else if (command === "identify" && typeof value === "string") widget.identify(value);
  };
  door.params = params;
  door.widget = widget;
  place.centrala = door;
  for (const call of stub?._ ?? []) door(call);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
