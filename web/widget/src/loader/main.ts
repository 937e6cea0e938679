/** The loader: begins the widget in a customer's page, and answers the calls that the page's snippet has queued. */
import type { LoaderConfig } from "./config";
import { ofDocument } from "./hostDocument";
import { MARK } from "./launcher";
import type { Params } from "./protocol";
import { findServer } from "./server";
import { Widget } from "./widget";
import { chooseLanguage } from "./words";

/** Written here by the server, for the widget whose key was asked for. */
declare const __CENTRALA_WIDGET__: LoaderConfig;

/** `centrala("open")`, `centrala(["identify", jwt])`, `centrala("forget")` */
type Call = string | [command: string, value?: unknown];

interface Door {
  (call: Call): void;
  /** What the snippet's stub has queued; by this the snippet tells what is ours, too. */
  _?: Call[];
  params?: Params;
  widget?: Widget;
}

const script = ofDocument("currentScript") as HTMLScriptElement | null;

function begin(): void {
  const place = window as unknown as { centrala?: Door };
  const found = place.centrala;
  // An element of this id answers to the name, too, and a page may have something of its own under it.
  const stub = typeof found === "function" && found._ ? found : undefined;
  if (stub?.widget || document.querySelector(`[${MARK}]`)) return;
  const config = __CENTRALA_WIDGET__;
  const params = stub?.params ?? {};
  const language = chooseLanguage(params.language, ofDocument("documentElement").lang, navigator.languages);
  const widget = new Widget(config, findServer(script?.src ?? "", config), language, params);
  const door: Door = (call) => {
    const [command, value] = typeof call === "string" ? [call] : call;
    if (command === "open") widget.show(true, false);
    else if (command === "close") widget.show(false, false);
    else if (command === "identify" || command === "forget") widget.identify(typeof value === "string" ? value : "", command === "forget");
  };
  door._ = [];
  door.params = params;
  door.widget = widget;
  if (stub || !Object.hasOwn(window, "centrala")) place.centrala = door;
  for (const call of stub?._ ?? []) door(call);
}

if (ofDocument("readyState") === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
