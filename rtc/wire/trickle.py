"""Fragments of session descriptions that carry ICE credentials and candidates (RFC 8840), as WHIP sends them (RFC 9725 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from rtc.wire.sdp import Credentials, parse_token

MAX_FRAGMENT_CHARS = 100_000
MAX_CANDIDATES = 256
_KINDS = ("audio", "video", "application")


@dataclass
class Fragment:
    """What one fragment says of the ICE session of a bundle: that of its first media section that says something.

    ufrag, password   of the peer; empty when it does not repeat them
    kind, mid         of its first media section; empty when there is none
    bundle            mids of its BUNDLE group
    candidates        values of a=candidate
    is_complete       no more candidates follow
    """

    ufrag: str = ""
    password: str = ""
    kind: str = ""
    mid: str = ""
    bundle: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    is_complete: bool = False


def parse_fragment(text: str) -> Fragment:
    """Parse an application/trickle-ice-sdpfrag body. Lines that concern no ICE are passed over.

    raises   ValueError  not a fragment we can use; the message says which line
    """
    if len(text) > MAX_FRAGMENT_CHARS:
        raise ValueError("fragment too long")
    fragment = Fragment()
    known = False
    for line in text.splitlines():
        name, _, value = line[2:].partition(":")
        value = value.strip()
        try:
            if line.startswith("m="):
                known = True
                kind = line[2:].split()[0]
                fragment.kind = fragment.kind or (kind if kind in _KINDS else "")
            elif not line.startswith("a="):
                if line and line[1:2] != "=":
                    raise ValueError(line)
            elif name == "mid":
                fragment.mid = fragment.mid or parse_token(value, 64)
            elif name == "ice-ufrag":
                known = True
                fragment.ufrag = fragment.ufrag or parse_token(value, 256)
            elif name == "ice-pwd":
                known = True
                fragment.password = fragment.password or parse_token(value, 256)
            elif name == "group" and value.startswith("BUNDLE "):
                fragment.bundle = fragment.bundle or [parse_token(mid, 64) for mid in value.split()[1:]]
            elif name == "candidate":
                known = True
                if len(fragment.candidates) >= MAX_CANDIDATES:
                    raise ValueError(line)
                fragment.candidates.append(value)
            elif name == "end-of-candidates":
                known = fragment.is_complete = True
        except (ValueError, IndexError) as exc:
            raise ValueError(f"cannot read {line[:80]!r}") from exc
    if not known:
        raise ValueError("it says nothing of ICE")
    return fragment


def build_fragment(asked: Fragment, ours: Credentials) -> str:
    """Write the answer to an ICE restart: our new credentials, and where we are reached."""
    lines = ["a=ice-lite"]
    if asked.bundle:
        lines.append("a=group:BUNDLE " + " ".join(asked.bundle))
    lines += [f"m={asked.kind or 'audio'} 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{asked.mid or '0'}"]
    lines += [f"a=ice-ufrag:{ours.ufrag}", f"a=ice-pwd:{ours.password}"]
    lines += [f"a=candidate:{candidate}" for candidate in ours.candidates]
    return "\r\n".join([*lines, "a=end-of-candidates"]) + "\r\n"
