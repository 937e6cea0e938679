"""The media load in C (media_load.c): many viewers in one thread and an even publisher, cheap beside the server.

Handshakes are made by tests.rtc.light_client; then its socket is served in C.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shlex
import subprocess
import sysconfig
import tempfile
import threading
import zlib
from pathlib import Path
from typing import Any

import cffi
from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib as srtp_lib

from tests.rtc.light_client import LightClient

_HERE = Path(__file__).resolve().parent
_NUMBERS_ID, _LEVEL_ID = 3, 1  # as the light client offers them
_Builder: Any = cffi.FFI  # it has no types
_MAX_LATENCIES = 1 << 18


def load_library() -> Any:
    """Build the library, once for each state of its sources, and give it: (ffi, lib)."""
    header, code = ((_HERE / name).read_text() for name in ("media_load.h", "media_load.c"))
    name = f"_media_load_{zlib.crc32((header + code).encode()):08x}"
    target = Path(tempfile.gettempdir()) / f"centrala-{name}-{os.getuid()}{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not target.exists():
        builder: Any = _Builder()
        builder.cdef(header)
        builder.set_source(name, "#include <stdint.h>\n" + header + code)
        with tempfile.TemporaryDirectory() as folder:
            source, module = Path(folder) / "load.c", Path(folder) / "load.so"
            with contextlib.redirect_stdout(None):
                builder.emit_c_code(str(source))
            includes = [f"-I{sysconfig.get_path('include')}", f"-I{sysconfig.get_path('platinclude')}"]
            compiler = shlex.split(os.environ.get("CC") or "cc")
            subprocess.run(
                [*compiler, "-O2", "-shared", "-fPIC", *includes, str(source), "-o", str(module)], check=True
            )
            fresh = target.with_suffix(".new")
            fresh.write_bytes(module.read_bytes())
            fresh.replace(target)
    spec = importlib.util.spec_from_file_location(name, target)
    assert spec is not None
    assert spec.loader is not None
    module_ = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module_)
    return module_.ffi, module_.lib


def _function(name: str) -> int:
    return int(srtp_ffi.cast("uintptr_t", srtp_ffi.addressof(srtp_lib, name)))


def _handle(session: Any) -> int:
    return int(srtp_ffi.cast("uintptr_t", session._srtp[0]))


class Viewers:
    """So many connected clients, served by one thread.

    feedback   write transport-wide feedback every 50 ms, as browsers do
    lose       share of the packets that is thrown away on arrival and asked for again
    """

    def __init__(self, count: int, *, feedback: bool, lose: float = 0.0) -> None:
        self._ffi, self._lib = load_library()
        self._clients: list[LightClient] = []
        self._feedback = feedback
        functions = _function("srtp_unprotect"), _function("srtp_protect_rtcp")
        self._viewers = self._lib.viewers_new(count, *functions, 50, lose, _MAX_LATENCIES)
        self._thread = threading.Thread(target=self._lib.viewers_run, args=(self._viewers,), daemon=True)
        self._thread.start()

    def add(self, client: LightClient, *, probes: bool = False) -> None:
        """Serve this client, which is connected, from now on. probes: note how long each packet took."""
        client.hand_over()
        viewer = self._lib.viewers_at(self._viewers, len(self._clients))
        self._clients.append(client)
        viewer.fd = client.sock.fileno()
        viewer.srtp_in, viewer.srtp_out = _handle(client.dtls._rx_srtp), _handle(client.dtls._tx_srtp)
        viewer.numbers_id = _NUMBERS_ID if self._feedback else 0
        viewer.probes = probes
        viewer.ssrc = 0x5000 + len(self._clients)
        error = self._lib.viewers_add(self._viewers, len(self._clients) - 1)
        if error:
            raise OSError(error, os.strerror(error))

    @property
    def packets(self) -> list[int]:
        """How many packets each client has."""
        return [self._lib.viewers_at(self._viewers, index).packets for index in range(len(self._clients))]

    def take_latencies_ms(self) -> list[float]:
        """How long the probes' packets took since the last call."""
        into = self._ffi.new("float[]", _MAX_LATENCIES)
        count = self._lib.viewers_take_latencies(self._viewers, into, _MAX_LATENCIES)
        return [us / 1000 for us in self._ffi.unpack(into, count)]

    def close(self) -> None:
        """Stop the thread and close the sockets."""
        self._lib.viewers_stop(self._viewers)
        self._thread.join()
        self._lib.viewers_free(self._viewers)
        for client in self._clients:
            client.sock.close()


class Publisher:
    """Sends evenly from a connected client, by the clock.

    rate       video packets/s
    size       bytes of a video packet, header included
    full       with transport-wide numbers, picture ids and temporal layers, and a microphone that tells its level
    burst      so many packets leave at once
    """

    def __init__(
        self, client: LightClient, video_ssrc: int, *, rate: float, size: int, full: bool, burst: int = 1
    ) -> None:
        self._ffi, self._lib = load_library()
        self._client = client
        client.hand_over()
        self._row = self._ffi.new("publisher *")
        self._row.fd = client.sock.fileno()
        self._row.srtp = _handle(client.dtls._tx_srtp)
        self._row.protect = _function("srtp_protect")
        self._row.video_ssrc, self._row.audio_ssrc = video_ssrc, video_ssrc + 1 if full else 0
        self._row.numbers_id, self._row.level_id = (_NUMBERS_ID, _LEVEL_ID) if full else (0, 0)
        self._row.described = full
        self._row.rate, self._row.bytes, self._row.burst = rate, size, burst

    def send_for(self, seconds: float) -> int:
        """Send so long; return how many packets left. Blocks: run it in a thread."""
        return int(self._lib.publish_for(self._row, seconds))
