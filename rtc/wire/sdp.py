"""Session descriptions (RFC 8866) as WebRTC uses them (RFC 8829): what an offer or answer says, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_SDP_CHARS = 512 * 1024
MAX_SECTIONS = 512
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

EXT_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
EXT_AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
EXT_RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
EXT_REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
EXT_TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
EXT_DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"


@dataclass
class Codec:
    """One payload type. `name` as in rtpmap; `parameters` from fmtp; `feedback` from rtcp-fb ("nack pli")."""

    payload_type: int
    name: str
    clock_hz: int
    channels: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: list[str] = field(default_factory=list)


@dataclass
class Section:
    """One m-line with everything under it; session-level ICE and DTLS values are copied in where it has none.

    repairs          retransmission SSRC -> the SSRC it repairs
    simulcast_ssrcs  the layers of an ssrc-group SIM, low to high
    rids             the layers of a=simulcast:send
    mixed            header extensions with headers of one and of two bytes may alternate (RFC 8285 6)
    """

    kind: str
    port: int
    profile: str
    formats: list[str]
    mid: str = ""
    direction: str = "sendrecv"
    ufrag: str = ""
    password: str = ""
    setup: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    repair_ssrcs: set[int] = field(default_factory=set)
    repairs: dict[int, int] = field(default_factory=dict)
    simulcast_ssrcs: list[int] = field(default_factory=list)
    rids: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    rtcp_rsize: bool = False
    bundle_only: bool = False
    mixed: bool = False

    @property
    def is_rejected(self) -> bool:
        """The section was refused: port 0, but for one that is offered in its bundle only (RFC 9143 6)."""
        return self.port == 0 and not self.bundle_only

    @property
    def sends(self) -> bool:
        """The describing side sends media here."""
        return not self.is_rejected and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """The describing side takes media here."""
        return not self.is_rejected and self.direction in ("sendrecv", "recvonly")


@dataclass
class Description:
    """A whole offer or answer."""

    sections: list[Section]
    bundle: list[str]
    ice_lite: bool


def parse_sdp(text: str) -> Description:
    """Parse an offer or answer.

    raises   ValueError  not a session description we can use; the message says which line
    """
    if len(text) > MAX_SDP_CHARS:
        raise ValueError("session description too long")
    lines = text.splitlines()
    if not lines or not lines[0].startswith("v=0"):
        raise ValueError("not a session description")
    session = Section("session", 0, "", [])
    description = Description([], [], False)
    later: list[tuple[str, Section, str, str]] = []
    current = session
    for line in lines:
        if not line:
            continue
        if line.startswith("m="):
            if len(description.sections) >= MAX_SECTIONS:
                raise ValueError("too many media sections")
            current = _parse_media_line(line)
            current.direction = session.direction
            description.sections.append(current)
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            try:
                if current is session and name == "group":
                    words = value.split()
                    if words and words[0] == "BUNDLE" and not description.bundle:
                        description.bundle = words[1:]
                elif current is session and name == "ice-lite":
                    description.ice_lite = True
                elif name in ("fmtp", "rtcp-fb"):
                    later.append((line, current, name, value.strip()))  # Firefox says it before the rtpmap it is about
                else:
                    _parse_attribute(current, name, value.strip())
            except (ValueError, IndexError) as exc:
                raise ValueError(f"cannot read {line[:80]!r}") from exc
    for line, section, name, value in later:
        try:
            _parse_attribute(section, name, value)
        except (ValueError, IndexError) as exc:
            raise ValueError(f"cannot read {line[:80]!r}") from exc
    for section in description.sections:
        section.ufrag = section.ufrag or session.ufrag
        section.password = section.password or session.password
        section.setup = section.setup or session.setup
        section.fingerprints = section.fingerprints or session.fingerprints
        section.bundle_only = section.bundle_only and section.mid in description.bundle
        section.mixed = section.mixed or session.mixed
    mids = [section.mid for section in description.sections]
    if len(set(mids)) != len(mids):
        raise ValueError("two media sections share a mid")
    return description


def _parse_media_line(line: str) -> Section:
    words = line[2:].split()
    if len(words) < 4:
        raise ValueError(f"cannot read {line[:80]!r}")
    port = words[1].partition("/")[0]
    if not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"cannot read {line[:80]!r}")
    return Section(words[0], int(port), words[2], words[3:])


def _parse_attribute(section: Section, name: str, value: str) -> None:
    if name == "mid":
        section.mid = parse_token(value, 64)
    elif name in DIRECTIONS:
        section.direction = name
    elif name == "ice-ufrag":
        section.ufrag = parse_token(value, 256)
    elif name == "ice-pwd":
        section.password = parse_token(value, 256)
    elif name == "setup":
        if value not in ("active", "passive", "actpass", "holdconn"):
            raise ValueError(value)
        section.setup = value
    elif name == "fingerprint":
        algorithm, digest = value.split()
        section.fingerprints.append((algorithm.lower(), digest.upper()))
    elif name == "rtpmap":
        payload_type, encoding = value.split(None, 1)
        parts = encoding.split("/")
        channels = int(parts[2]) if len(parts) > 2 else 1
        section.codecs[_payload_type(payload_type)] = Codec(
            _payload_type(payload_type), parts[0], int(parts[1]), channels
        )
    elif name == "fmtp":
        payload_type, _, rest = value.partition(" ")
        codec = section.codecs.get(_payload_type(payload_type))
        if codec is not None:
            for item in rest.split(";"):
                key, _, setting = item.strip().partition("=")
                if key:
                    codec.parameters[key.lower()] = setting
    elif name == "rtcp-fb":
        target, _, feedback = value.partition(" ")
        for codec in section.codecs.values():
            if target in ("*", str(codec.payload_type)):
                codec.feedback.append(feedback.strip())
    elif name == "extmap":
        number, uri = value.split()[:2]
        extension_id = int(number.partition("/")[0])
        if 1 <= extension_id <= 255:
            section.extensions[uri] = extension_id
    elif name == "ssrc":
        ssrc = int(value.split()[0])
        if not 0 < ssrc <= 0xFFFFFFFF:
            raise ValueError(value)
        if ssrc not in section.ssrcs:
            section.ssrcs.append(ssrc)
    elif name == "ssrc-group":
        words = value.split()
        if words[0] in ("FID", "FEC-FR"):
            section.repair_ssrcs.update(int(word) for word in words[2:])
        if words[0] == "FID":
            section.repairs.update((int(word), int(words[1])) for word in words[2:])
        elif words[0] == "SIM":
            section.simulcast_ssrcs = [int(word) for word in words[1:]]
    elif name == "simulcast":
        section.rids = _parse_simulcast(value)
    elif name == "candidate":
        section.candidates.append(value)
    elif name == "rtcp-rsize":
        section.rtcp_rsize = True
    elif name == "bundle-only":
        section.bundle_only = True
    elif name == "extmap-allow-mixed":
        section.mixed = True


def _parse_simulcast(value: str) -> list[str]:
    # RFC 8853 5.1: "send 1;~2,3;4 recv 5": streams by ";", alternatives by ",", "~" begins as paused.
    words = value.split()
    streams = next((words[at + 1] for at in range(0, len(words) - 1, 2) if words[at] == "send"), "")
    return [parse_token(stream.partition(",")[0].lstrip("~"), 64) for stream in streams.split(";") if stream]


def _payload_type(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 127 or 64 <= number <= 95:
        raise ValueError(text)  # 64..95 would look like RTCP (RFC 5761 4)
    return number


def parse_token(text: str, limit: int) -> str:
    """Return a token as it stands; raises ValueError for an empty or longer one, and for other than printable ASCII."""
    if not text or len(text) > limit or any(not "!" <= letter <= "~" for letter in text):
        raise ValueError(text)
    return text


@dataclass
class Credentials:
    """What the engine says of itself in every section. candidates: values of a=candidate."""

    ufrag: str
    password: str
    fingerprints: list[tuple[str, str]]
    setup: str
    candidates: list[str]


@dataclass
class Sending:
    """What a sending section announces: the stream and whom it belongs to (stream = lip-sync group).

    repair_ssrc   of the retransmissions (RFC 4588); 0: there are none
    """

    ssrc: int
    cname: str
    stream_id: str
    track_id: str
    repair_ssrc: int = 0


@dataclass
class SectionPlan:
    """One section to write; without codecs it is written as refused. rids: the simulcast layers we take; mixed: as Section has it."""

    kind: str
    profile: str
    mid: str
    direction: str
    codecs: list[Codec] = field(default_factory=list)
    extensions: dict[str, int] = field(default_factory=dict)
    sending: Sending | None = None
    formats: list[str] = field(default_factory=list)
    rids: list[str] = field(default_factory=list)
    mixed: bool = False


def build_sdp(session_id: int, version: int, ours: Credentials, plans: list[SectionPlan]) -> str:
    """Write an offer or answer of an ICE-lite agent with everything in one bundle."""
    bundled = [plan.mid for plan in plans if plan.codecs]
    lines = [
        "v=0",
        f"o=- {session_id} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(bundled),
        "a=msid-semantic: WMS *",
        "a=ice-lite",
    ]
    for plan in plans:
        lines += _build_section(plan, ours)
    return "\r\n".join(lines) + "\r\n"


def _build_section(plan: SectionPlan, ours: Credentials) -> list[str]:
    if not plan.codecs:
        lines = [f"m={plan.kind} 0 {plan.profile} {' '.join(plan.formats) or '0'}", "c=IN IP4 0.0.0.0"]
        return [*lines, f"a=mid:{plan.mid}", "a=inactive"]
    formats = " ".join(str(codec.payload_type) for codec in plan.codecs)
    lines = [f"m={plan.kind} 9 {plan.profile} {formats}", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"]
    lines += [f"a=ice-ufrag:{ours.ufrag}", f"a=ice-pwd:{ours.password}"]
    lines += [f"a=fingerprint:{algorithm} {digest}" for algorithm, digest in ours.fingerprints]
    lines += [f"a=setup:{ours.setup}", f"a=mid:{plan.mid}"]
    lines += [f"a=extmap:{number} {uri}" for uri, number in plan.extensions.items()]
    lines += ["a=extmap-allow-mixed"] if plan.mixed else []
    lines += [f"a={plan.direction}"]
    if plan.sending is not None:
        lines.append(f"a=msid:{plan.sending.stream_id} {plan.sending.track_id}")
    lines += ["a=rtcp-mux", "a=rtcp-rsize"]
    for codec in plan.codecs:
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        lines.append(f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_hz}{channels}")
        lines += [f"a=rtcp-fb:{codec.payload_type} {feedback}" for feedback in codec.feedback]
        if codec.parameters:
            settings = ";".join(f"{key}={value}" if value else key for key, value in codec.parameters.items())
            lines.append(f"a=fmtp:{codec.payload_type} {settings}")
    if plan.rids:
        lines += [f"a=rid:{rid} recv" for rid in plan.rids]
        lines.append(f"a=simulcast:recv {';'.join(plan.rids)}")
    if plan.sending is not None:
        ssrc, repair_ssrc = plan.sending.ssrc, plan.sending.repair_ssrc
        if repair_ssrc:
            lines.append(f"a=ssrc-group:FID {ssrc} {repair_ssrc}")
        lines += [f"a=ssrc:{own} cname:{plan.sending.cname}" for own in (ssrc, repair_ssrc) if own]
    lines += [f"a=candidate:{candidate}" for candidate in ours.candidates]
    return [*lines, "a=end-of-candidates"]
