"""Builds the native packet path with the machine's C compiler: `python -m rtc.native.build`.

Without a compiler, or without Python's headers, it says so and ends well: the server then sends with the portable one.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from pathlib import Path
from typing import Any

import cffi

from rtc.native.constants import build_header

_HERE = Path(__file__).resolve().parent
_Builder: Any = cffi.FFI  # it has no types
_SOURCES = ("packets.c", "history.c", "feedback.c", "header.c", "intake.c")
TARGET = _HERE / f"_packets{sysconfig.get_config_var('EXT_SUFFIX')}"


def _read(*names: str) -> str:
    return "".join((_HERE / name).read_text() for name in names)


def fingerprint() -> int:
    """Return a checksum of what is built, so that a module from other sources is not taken for this one."""
    return zlib.crc32((build_header() + _read("packets.h", *_SOURCES)).encode()) & 0x7FFFFFFF


def build(target: Path = TARGET) -> None:
    """Compile packets.c into an extension module.

    raises   OSError, subprocess.CalledProcessError  there is no compiler, or it fails
    """
    declarations = build_header() + _read("packets.h")
    builder: Any = _Builder()
    mark = f"\n#define BUILT_FROM {fingerprint()}\n"
    builder.cdef(declarations + mark)
    includes = "#include <stdint.h>\n"
    builder.set_source("rtc.native._packets", includes + declarations + mark + _read(*_SOURCES))
    with tempfile.TemporaryDirectory() as folder:
        code, module = Path(folder) / "packets.c", Path(folder) / "packets.so"
        with contextlib.redirect_stdout(None):
            builder.emit_c_code(str(code))
        compiler = shlex.split(os.environ.get("CC") or "cc")
        headers = [f"-I{path}" for path in sorted({sysconfig.get_path("include"), sysconfig.get_path("platinclude")})]
        options = ["-O3", "-shared", "-fPIC", "-fvisibility=hidden", "-fno-strict-aliasing", *headers]
        subprocess.run([*compiler, *options, str(code), "-o", str(module)], check=True)
        # Renamed into place, so that a running server keeps the old one whole.
        fresh = target.with_suffix(".new")
        fresh.write_bytes(module.read_bytes())
        fresh.replace(target)


def main() -> None:
    """Build, or say why not."""
    try:
        build()
    except (OSError, subprocess.CalledProcessError) as exc:
        sys.stderr.write(f"The native packet path was not built, the portable one will be used: {exc}\n")


if __name__ == "__main__":
    main()
