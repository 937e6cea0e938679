/** The conference opens in its own window, one for each conversation (CONF-010). */
const opened = new Map<string, Window>();

export function openConference(conversationId: string): void {
  const known = opened.get(conversationId);
  if (known?.closed === false) {
    known.focus();
    return;
  }
  const isWide = window.matchMedia("(min-width: 761px)").matches;
  const features = isWide ? "popup,width=1180,height=760" : "";
  const target = window.open(`/conference/${encodeURIComponent(conversationId)}`, `conference-${conversationId}`, features);
  if (target === null) window.location.assign(`/conference/${encodeURIComponent(conversationId)}`);
  else {
    opened.set(conversationId, target);
    target.focus();
  }
}
