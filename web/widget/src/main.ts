/** The pages of our own origin begin here: the frame in a customer's page, and the call's window. */
import "./frame/style.css";

const [, key, call] = /^\/widget\/([A-Za-z0-9-]{1,64})\/(call\/)?$/.exec(window.location.pathname) ?? [];
const root = document.getElementById("root");

async function begin(): Promise<void> {
  if (key === undefined || root === null) return;
  if (call === undefined) await (await import("./frame/start")).startFrame(key, root);
  else await (await import("./call/start")).startCall(key, root);
}

void begin();
