/** Hearing a call without being in it, and whispering to its agent: WHEP and WHIP, with the tokens the server gave for it (BEY-054). */

const GATHERING_MS = 1_500;

export interface Listening {
  stop: () => void;
}

/** The addresses of this computer that are found soon are enough: the server's is known. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      if (connection.iceGatheringState === "complete") resolve();
    };
    connection.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, GATHERING_MS);
    done();
  });
}

/** Connect by an offer of ours; `release` gives back what the connection used. */
async function connect(connection: RTCPeerConnection, url: string, token: string, onEnd: () => void, release: () => void): Promise<Listening> {
  const over = new AbortController();
  const headers = { Authorization: `Bearer ${token}` };
  let resource: string | null = null;
  const stop = () => {
    if (over.signal.aborted) return;
    over.abort();
    connection.close();
    release();
    if (resource !== null) void fetch(resource, { method: "DELETE", headers, keepalive: true }).catch(() => undefined);
  };
  connection.addEventListener("connectionstatechange", () => {
    if (connection.connectionState !== "failed" && connection.connectionState !== "closed") return;
    if (!over.signal.aborted) onEnd();
    stop();
  });
  try {
    await connection.setLocalDescription();
    await gathered(connection);
    // Of this server, under whatever address it is known outside.
    const answer = await fetch(new URL(url, window.location.href).pathname, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/sdp" },
      body: connection.localDescription?.sdp ?? "",
    });
    if (!answer.ok) throw new Error(`WebRTC over HTTP: ${answer.status}`);
    const location = answer.headers.get("location");
    resource = location === null ? null : new URL(location, window.location.href).pathname;
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  } catch (error) {
    stop();
    throw error;
  }
  return { stop };
}

/**
 * Begin to hear a call.
 *
 * onEnd    it ended by itself
 * raises   Error when the server does not take it
 */
export function listenTo(whepUrl: string, token: string, onEnd: () => void): Promise<Listening> {
  const connection = new RTCPeerConnection();
  const players: HTMLAudioElement[] = [];
  // Several lines, because each of those who talk comes on one of its own.
  for (let line = 0; line < 3; line += 1) connection.addTransceiver("audio", { direction: "recvonly" });
  connection.addEventListener("track", ({ track }) => {
    const player = new Audio();
    player.srcObject = new MediaStream([track]);
    players.push(player);
    void player.play().catch(() => undefined);
  });
  return connect(connection, whepUrl, token, onEnd, () => {
    for (const player of players) player.srcObject = null;
  });
}

/**
 * Speak to the agent of a call alone.
 *
 * onEnd    it ended by itself
 * raises   DOMException without a microphone; Error when the server does not take it
 */
export async function whisperTo(whipUrl: string, token: string, onEnd: () => void): Promise<Listening> {
  const voice = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  const connection = new RTCPeerConnection();
  for (const track of voice.getAudioTracks()) connection.addTransceiver(track, { direction: "sendonly", streams: [voice] });
  return connect(connection, whipUrl, token, onEnd, () => {
    for (const track of voice.getTracks()) track.stop();
  });
}
