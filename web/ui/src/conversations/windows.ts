/** The conference opens in its own window, one for each conversation (CONF-010). */
const opened = new Map<string, Window>();

interface CallWindow {
  /** Without: the camera stays off. */
  video?: boolean;
  /** Without: the microphone stays off. */
  audio?: boolean;
}

/** conferenceId  answer to a ring: join that call, and start no other when its caller has hung up meanwhile */
export function openConference(conversationId: string, conferenceId?: string, { video = true, audio = true }: CallWindow = {}): void {
  const known = opened.get(conversationId);
  if (known?.closed === false) {
    known.focus();
    return;
  }
  const isWide = window.matchMedia("(min-width: 761px)").matches;
  const features = isWide ? "popup,width=1180,height=760" : "";
  const query = new URLSearchParams({ ...(conferenceId !== undefined && { conference: conferenceId }), ...(!audio && { audio: "0" }), ...(!video && { video: "0" }) }).toString();
  const address = `/conference/${encodeURIComponent(conversationId)}${query === "" ? "" : `?${query}`}`;
  const target = window.open(address, `conference-${conversationId}`, features);
  if (target === null) window.location.assign(address);
  else {
    opened.set(conversationId, target);
    target.focus();
  }
}
