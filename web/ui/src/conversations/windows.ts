/** The conference opens in its own window, one for each conversation (CONF-010). */
const opened = new Map<string, Window>();

/** conferenceId  answer to a ring: join that call, and start no other when its caller has hung up meanwhile */
export function openConference(conversationId: string, conferenceId?: string): void {
  const known = opened.get(conversationId);
  if (known?.closed === false) {
    known.focus();
    return;
  }
  const isWide = window.matchMedia("(min-width: 761px)").matches;
  const features = isWide ? "popup,width=1180,height=760" : "";
  const query = conferenceId === undefined ? "" : `?conference=${encodeURIComponent(conferenceId)}`;
  const address = `/conference/${encodeURIComponent(conversationId)}${query}`;
  const target = window.open(address, `conference-${conversationId}`, features);
  if (target === null) window.location.assign(address);
  else {
    opened.set(conversationId, target);
    target.focus();
  }
}
