"""DTLS associations end when they are told to."""

import asyncio

from core.supervise import Supervisor
from rtc.net.dtls import DtlsLink, Identity


async def test_a_handshake_ends_when_closed_at_the_moment_a_datagram_comes() -> None:
    supervisor = Supervisor()
    sent: list[bytes] = []
    link = DtlsLink(Identity(), supervisor, sent.append, lambda keys: None, lambda reason: None)
    before = asyncio.all_tasks()
    link.start(active=True, fingerprints=[("sha-256", "00")])
    while not sent:
        await asyncio.sleep(0.01)
    link.receive(b"\x16\xfe\xff" + bytes(20))
    link.close()
    await asyncio.sleep(0.2)
    left = [task.get_name() for task in asyncio.all_tasks() - before]
    print(f"left over: {left}")
    assert not left
    async with asyncio.timeout(2):
        await supervisor.close()
