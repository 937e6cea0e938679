"""The coturn configuration we ship relays to the world and to nothing inside."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aioice.stun
import aioice.turn
import pytest

from tests.support.packages import need
from tests.support.processes import Child, free_port

SHIPPED = Path(__file__).resolve().parent.parent.parent / "deploy/turnserver.conf"


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[tuple[int, str, str]]:
    """The shipped configuration on loopback with one fixed user; gives port, user name and password."""
    program = need("turnserver", "coturn")
    port = free_port()
    site = SHIPPED.read_text().replace("use-auth-secret", "lt-cred-mech\nuser=test:password")
    for line in ("syslog", "no-stdout-log"):
        site = site.replace(f"\n{line}\n", "\n")
    configuration = tmp_path / "turnserver.conf"
    configuration.write_text(site)
    command = [program, "-c", str(configuration), "-L", "127.0.0.1", "--relay-ip", "127.0.0.1", "-p", str(port)]
    command += ["--no-tls", "--no-dtls", "--log-file=stdout", f"--pidfile={tmp_path}/pid"]
    server = Child(command, log=tmp_path / "log", folder=tmp_path)
    server.wait_for_port(port)
    yield port, "test", "password"
    server.stop()


async def _may_bind(transport: aioice.turn.TurnTransport, peer: str) -> bool:
    inner = transport._TurnTransport__inner_protocol  # type: ignore[attr-defined]
    try:
        await inner.channel_bind(0x4001, (peer, 40000))
    except aioice.stun.TransactionFailed as refused:
        assert refused.response.attributes["ERROR-CODE"][0] == 403
        return False
    return True


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.20.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("8.8.4.4", True),
    ],
)
async def test_private_peers_are_denied(shipped: tuple[int, str, str], peer: str, allowed: bool) -> None:
    port, user, password = shipped
    transport, _ = await aioice.turn.create_turn_endpoint(
        asyncio.DatagramProtocol, server_addr=("127.0.0.1", port), username=user, password=password
    )
    assert await _may_bind(transport, peer) is allowed
    transport.close()
