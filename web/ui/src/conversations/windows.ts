/** The conference opens in its own window, one for each conversation (CONF-010). */
const opened = new Map<string, Window>();

interface CallWindow {
  /** Without: the camera stays off. */
  video?: boolean;
  /** Without: the microphone stays off. */
  audio?: boolean;
  /** The answer that lets one in is under way. */
  answering?: boolean;
}

function addressOf(conversationId: string, conferenceId: string | undefined, { video = true, audio = true, answering = false }: CallWindow): string {
  const query = new URLSearchParams({
    ...(conferenceId !== undefined && { conference: conferenceId }),
    ...(!audio && { audio: "0" }),
    ...(!video && { video: "0" }),
    ...(answering && { answering: "1" }),
  }).toString();
  return `/conference/${encodeURIComponent(conversationId)}${query === "" ? "" : `?${query}`}`;
}

function openWindow(conversationId: string, address: string): Window | null {
  const isWide = window.matchMedia("(min-width: 761px)").matches;
  const target = window.open(address, `conference-${conversationId}`, isWide ? "popup,width=1180,height=760" : "");
  if (target !== null) opened.set(conversationId, target);
  target?.focus();
  return target;
}

/** conferenceId  answer to a ring: join that call, and start no other when its caller has hung up meanwhile */
export function openConference(conversationId: string, conferenceId?: string, shape: CallWindow = {}): void {
  const known = opened.get(conversationId);
  if (known?.closed === false) {
    known.focus();
    return;
  }
  const address = addressOf(conversationId, conferenceId, shape);
  if (openWindow(conversationId, address) === null) window.location.assign(address);
}

/**
 * The window of a call whose answer is on its way to the server: it takes its seat as soon as that is stored.
 *
 * Call it inside the press. A window that is left of an earlier part of the call begins anew.
 *
 * returns  the window, to be closed when somebody else was faster; null when the browser allowed none
 */
export function openWhileAnswering(conversationId: string, conferenceId: string | undefined, shape: CallWindow): Window | null {
  return openWindow(conversationId, addressOf(conversationId, conferenceId, { ...shape, answering: true }));
}
