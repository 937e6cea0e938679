"""A cable that can be pulled: a TCP relay whose connections hang, or break, on command."""

import asyncio
import contextlib
import ssl

from tests.support.certificates import Certificate


class TcpRelay:
    """Relays to one port. While `cut` is set, bytes stop in both directions and new connections get no answer.

    host, certificate   where it listens, and with which TLS, if any
    """

    def __init__(self, target_port: int, *, host: str = "127.0.0.1", certificate: Certificate | None = None) -> None:
        self.target_port = target_port
        self.host = host
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate.certificate, certificate.key)
        self.port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self._tls is None else 'https'}://{host}:{self.port}"

    async def start(self) -> "TcpRelay":
        self._server = await asyncio.start_server(self._accept, self.host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """Silence: nothing arrives, nothing is refused, as when a cable is pulled."""
        self._flowing.clear()

    def mend(self) -> None:
        """Break what hung, and let new connections through: what a returning network does."""
        self.reset()
        self._flowing.set()

    def reset(self) -> None:
        """Break every connection there is."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def close(self) -> None:
        self.reset()
        self._flowing.set()
        if self._server:
            self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        target_writer: asyncio.StreamWriter | None = None
        try:
            await self._flowing.wait()
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._writers.add(target_writer)
            await asyncio.gather(self._copy(reader, target_writer), self._copy(target_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, target_writer):
                if end:
                    self._writers.discard(end)
                    end.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
