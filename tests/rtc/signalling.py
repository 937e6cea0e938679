"""A page and a WebSocket that join a room through the media channel: the smallest possible conference application."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from aiohttp import WSMsgType, web

from core.errors import Refusal
from rtc.channel.events import LayersNeeded, MediaEvent, OfferMade
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Offered
from rtc.channel.requests import Answer, OpenRoom, Publish, Receive, RemoveParticipant, Restart, Tile, Watch

PAGE = """<!doctype html><meta charset="utf-8"><title>rtc</title><script>
const state = {lines: [], events: [], tracks: {}, closed: false};
let ws, nextId = 1, chain = Promise.resolve();
const waiting = new Map();
function ask(message) {
  const id = nextId++;
  return new Promise((resolve, reject) => { waiting.set(id, {resolve, reject}); ws.send(JSON.stringify({id, ...message})); });
}
async function applyOffer(offer) {
  await state.rx.setRemoteDescription({type: 'offer', sdp: offer.sdp});
  await state.rx.setLocalDescription(await state.rx.createAnswer());
  state.lines = offer.lines;
  await ask({do: 'answer', offer_id: offer.offer_id, sdp: state.rx.localDescription.sdp, transport_id: state.rxId});
}
async function join(participant, options) {
  state.began = performance.now();
  ws = new WebSocket(`ws://${location.host}/ws?participant=${participant}`);
  await new Promise(resolve => ws.onopen = resolve);
  ws.onmessage = event => {
    const message = JSON.parse(event.data);
    if (message.id) {
      const {resolve, reject} = waiting.get(message.id);
      waiting.delete(message.id);
      message.error ? reject(new Error(message.error)) : resolve(message);
    } else if (message.event === 'offer') {
      chain = chain.then(() => applyOffer(message)).catch(error => state.events.push(String(error)));
    } else if (message.event === 'layers') {
      state.layers = message.layers;
      state.sending = (state.sending || Promise.resolve()).then(() => applyLayers(message)).catch(error => state.events.push(String(error)));
    }
  };
  state.dtx = options.dtx;
  if (options.send !== false) {
    const shape = options.simulcast ? {width: 1280, height: 720, frameRate: 20} : {width: 640, height: 360, frameRate: 15};
    state.media = await navigator.mediaDevices.getUserMedia({audio: true, video: shape});
    state.txId = participant + '-tx';
    state.tx = new RTCPeerConnection();
    for (const track of state.media.getTracks()) {
      const layers = options.simulcast && track.kind === 'video' ? {sendEncodings: LAYERS} : {};
      state.tx.addTransceiver(track, {direction: 'sendonly', streams: [state.media], ...layers});
    }
    if (options.codec) {
      const wanted = RTCRtpReceiver.getCapabilities('video').codecs.filter(codec => codec.mimeType === options.codec);
      state.tx.getTransceivers().filter(one => one.sender.track.kind === 'video').forEach(one => one.setCodecPreferences(wanted));
    }
    if (options.descriptor) {
      for (const one of state.tx.getTransceivers()) {
        const extensions = one.getHeaderExtensionsToNegotiate();
        for (const extension of extensions) if (extension.uri.includes('dependency-descriptor')) extension.direction = 'sendrecv';
        one.setHeaderExtensionsToNegotiate(extensions);
      }
    }
    await publish();
  }
  state.rxId = participant + '-rx';
  state.rx = new RTCPeerConnection();
  state.rx.ontrack = event => {
    const element = document.createElement(event.track.kind);
    element.autoplay = true; element.muted = event.track.kind === 'video';
    element.srcObject = new MediaStream([event.track]);
    document.body.append(element);
  };
  chain = chain.then(async () => applyOffer(await ask({do: 'receive', transport_id: state.rxId})));
  await chain;
}
const LAYERS = [
  {rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150000, scalabilityMode: 'L1T3'},
  {rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500000, scalabilityMode: 'L1T3'},
  {rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1700000, scalabilityMode: 'L1T3'},
];
async function applyLayers({mid, layers}) {
  const line = state.tx.getTransceivers().find(one => one.mid === mid);
  const parameters = line.sender.getParameters();
  for (const encoding of parameters.encodings) encoding.active = layers.includes(encoding.rid || '');
  await line.sender.setParameters(parameters);
}
async function watch(tiles) { await ask({do: 'watch', tiles}); }
async function publish() {
  await state.tx.setLocalDescription(await state.tx.createOffer());
  const sources = {};
  for (const one of state.tx.getTransceivers()) {
    if (!one.sender.track || one.direction === 'inactive') continue;
    sources[one.mid] = one.sender.track === state.screen ? 'screen' : one.sender.track.kind === 'audio' ? 'microphone' : 'camera';
  }
  const reply = await ask({do: 'publish', sdp: state.tx.localDescription.sdp, sources, transport_id: state.txId});
  await state.tx.setRemoteDescription({type: 'answer', sdp: state.dtx === false ? reply.sdp.replaceAll('usedtx=1', 'usedtx=0') : reply.sdp});
}
async function share() {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 180;
  const context = canvas.getContext('2d');
  let hue = 0;
  state.drawing = setInterval(() => { context.fillStyle = `hsl(${hue += 7} 80% 50%)`; context.fillRect(0, 0, 320, 180); }, 66);
  state.screen = canvas.captureStream(15).getVideoTracks()[0];
  state.screenLine = state.tx.addTransceiver(state.screen, {direction: 'sendonly'});
  await publish();
}
async function unshare() {
  clearInterval(state.drawing);
  state.screenLine.direction = 'inactive';
  await publish();
}
async function restartPublish() {
  state.tx.restartIce();
  await publish();
}
async function restartReceive() {
  chain = chain.then(async () => applyOffer(await ask({do: 'restart', transport_id: state.rxId})));
  await chain;
}
async function stats() {
  const found = [];
  const report = await state.rx.getStats();
  for (const entry of report.values()) {
    if (entry.type !== 'inbound-rtp') continue;
    const line = state.lines.find(one => one.mid === entry.mid);
    if (!line) continue;
    const codec = report.get(entry.codecId);
    found.push({participant: line.participant_id, source: line.source, kind: entry.kind, frames: entry.framesDecoded || 0,
      energy: entry.totalAudioEnergy || 0, lost: entry.packetsLost, packets: entry.packetsReceived, width: entry.frameWidth,
      height: entry.frameHeight, frozen: entry.totalFreezesDuration || 0, key: entry.keyFramesDecoded,
      freezes: entry.freezeCount || 0, plis: entry.pliCount || 0, nacks: entry.nackCount || 0, codec: codec && codec.mimeType,
      concealed: (entry.concealedSamples || 0) - (entry.silentConcealedSamples || 0), samples: entry.totalSamplesReceived || 0});
  }
  return found;
}
async function sending() {
  const report = await state.tx.getStats();
  return [...report.values()].filter(one => ['outbound-rtp', 'remote-inbound-rtp', 'candidate-pair'].includes(one.type));
}
</script>"""


class Conference:
    """Pages in one room; `events` is what the channel told."""

    def __init__(self, channel: MediaChannel, room_id: str = "room") -> None:
        self.channel = channel
        self.room_id = room_id
        self.events: list[MediaEvent] = []
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count()
        channel.listen(self._tell)

    def _tell(self, event: MediaEvent) -> None:
        self.events.append(event)
        if isinstance(event, OfferMade):
            socket = self._sockets.get(event.participant_id)
            if socket is not None:
                lines = [_line_to_json(line) for line in event.lines]
                message = {"event": "offer", "offer_id": event.offer_id, "sdp": event.sdp, "lines": lines}
                task = asyncio.get_running_loop().create_task(socket.send_json(message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        if isinstance(event, LayersNeeded) and (socket := self._sockets.get(event.participant_id)) is not None:
            message = {"event": "layers", "mid": event.mid, "layers": event.layers}
            task = asyncio.get_running_loop().create_task(socket.send_json(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def build_app(self) -> web.Application:
        """Serve the page and its socket."""
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._socket)
        return app

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        participant = request.query["participant"]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets[participant] = socket
        await self.channel.request(OpenRoom(self.room_id))
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                break
            data = message.json()
            try:
                reply = await self._do(participant, data)
            except Refusal as refusal:
                reply = {"error": f"{refusal.code} {refusal.arguments}"}
            await socket.send_json({"id": data["id"], **reply})
        if self._sockets.get(participant) is socket:
            del self._sockets[participant]
            await self.channel.request(RemoveParticipant(self.room_id, participant))
        return socket

    async def _do(self, participant: str, data: dict[str, Any]) -> dict[str, Any]:
        transport_id = data.get("transport_id", "")
        match data["do"]:
            case "publish":
                reply = await self.channel.request(
                    Publish(self.room_id, participant, transport_id, data["sdp"], data["sources"])
                )
                assert isinstance(reply, Answered)
                return {"sdp": reply.sdp}
            case "receive":
                reply = await self.channel.request(Receive(self.room_id, participant, transport_id))
                assert isinstance(reply, Offered)
                lines = [_line_to_json(line) for line in reply.lines]
                return {"offer_id": reply.offer_id, "sdp": reply.sdp, "lines": lines}
            case "restart":
                reply = await self.channel.request(Restart(self.room_id, participant, transport_id))
                assert isinstance(reply, Offered)
                lines = [_line_to_json(line) for line in reply.lines]
                return {"offer_id": reply.offer_id, "sdp": reply.sdp, "lines": lines}
            case "answer":
                await self.channel.request(
                    Answer(self.room_id, participant, transport_id, data["offer_id"], data["sdp"])
                )
                return {}
            case "watch":
                await self.channel.request(Watch(self.room_id, participant, [Tile(**tile) for tile in data["tiles"]]))
                return {}
        raise AssertionError(data)


def _line_to_json(line: Any) -> dict[str, str]:
    return {"mid": line.mid, "participant_id": line.participant_id, "source": line.source, "kind": line.kind}
