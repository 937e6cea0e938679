"""The rules of offer and answer, whoever publishes or receives (RFC 8829, RFC 8842, RFC 8853, RFC 9143, RFC 9725 4.3)."""

from __future__ import annotations

from core.errors import Conflict, Invalid
from rtc.channel.tracks import Source
from rtc.kernel.simulcast import MAX_LAYERS
from rtc.net.dtls import has_usable_fingerprint
from rtc.net.transport import Transport
from rtc.wire.sdp import Description, Section, parse_sdp
from rtc.wire.trickle import build_fragment, parse_fragment

_DEFAULT_SOURCES: dict[str, Source] = {"audio": "microphone", "video": "camera"}


def read_sdp(text: str) -> Description:
    """Parse an offer or answer.

    raises   Invalid  rtc.bad_sdp
    """
    try:
        description = parse_sdp(text)
    except ValueError as exc:
        raise Invalid("rtc.bad_sdp", reason=str(exc)) from exc
    if not description.sections:
        raise Invalid("rtc.bad_sdp", reason="no media sections")
    if any(not section.mid for section in description.sections):
        for index, section in enumerate(description.sections):
            section.mid = section.mid or f"m{index}"
    return description


def check_single_bundle(offer: Description) -> None:
    """Refuse the sections that cannot share our one transport."""
    accepted = [section for section in offer.sections if not section.is_rejected]
    if len(accepted) > 1 and not offer.bundle:
        raise Invalid("rtc.bundle_required")
    for section in accepted:
        if offer.bundle and section.mid not in offer.bundle:
            section.port = 0


def agree_on_transport(transport: Transport, section: Section) -> str:
    """Take the peer's ICE and DTLS values from its offer; return the a=setup of our answer.

    An offer that is passive makes us the client; all others make us the server. A new user fragment is an ICE restart.

    raises   Invalid   rtc.bad_sdp
             Conflict  rtc.transport_exists
    """
    check_peer(transport, section)
    active = transport.dtls_is_active
    if active is None:
        active = section.setup == "passive"
    elif section.ufrag != transport.remote_ufrag:
        transport.renew_ice()
    transport.set_remote(section, active=active)
    return "active" if active else "passive"


def check_peer(transport: Transport, section: Section) -> None:
    """Refuse a section without ICE credentials or a certificate digest, and one that is another peer's.

    raises   Invalid   rtc.bad_sdp
             Conflict  rtc.transport_exists: a new connection needs a transport id of its own
    """
    if not section.ufrag or not section.password:
        raise Invalid("rtc.bad_sdp", reason="no ICE credentials")
    if not has_usable_fingerprint(section.fingerprints):
        raise Invalid("rtc.bad_sdp", reason="no certificate fingerprint")
    if not transport.is_for(section):
        raise Conflict("rtc.transport_exists")


def patch_ice(transport: Transport, known: list[str], text: str) -> tuple[str, str]:
    """Take a fragment from a client that offered. We are ICE-lite, so its candidates need no answer; its restart does.

    known     our user fragments of the ICE sessions it speaks of; empty: of whichever there is

    returns   our user fragment from now on; the fragment to answer a restart with, or "" when there was none
    raises    Invalid   rtc.bad_fragment
              Conflict  rtc.ice_changed: another ICE session has begun
    """
    try:
        fragment = parse_fragment(text)
    except ValueError as exc:
        raise Invalid("rtc.bad_fragment", 400, reason=str(exc)) from exc
    is_same = fragment.ufrag in ("", transport.remote_ufrag)
    if known:
        if transport.ufrag not in known:
            raise Conflict("rtc.ice_changed", 412)
        if not is_same:
            raise Invalid("rtc.bad_fragment", reason="it speaks of another ICE session")
        return transport.ufrag, ""
    if not fragment.ufrag or not fragment.password:
        raise Invalid("rtc.bad_fragment", reason="no ICE credentials")
    if is_same:
        return transport.ufrag, ""
    transport.renew_ice()
    transport.remote_ufrag = fragment.ufrag
    return transport.ufrag, build_fragment(fragment, transport.credentials("passive"))


def choose_rids(section: Section) -> list[str]:
    """Name the layers a section sends, low to high; none: it sends one stream without a name."""
    if len(section.simulcast_ssrcs) > 1:
        return [str(place) for place in range(len(section.simulcast_ssrcs[:MAX_LAYERS]))]
    return section.rids[:MAX_LAYERS]


def choose_sources(sections: list[Section]) -> dict[str, Source]:
    """Name the lines of an offer that comes without names: the first audio is the microphone, the first video the camera."""
    chosen: dict[str, Source] = {}
    for section in sections:
        source = _DEFAULT_SOURCES.get(section.kind)
        if source is not None and section.sends and source not in chosen.values():
            chosen[section.mid] = source
    return chosen
