"""The C code takes packets from strangers without touching what is not its own, and agrees with the Python code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BUILD = "from pathlib import Path; from rtc.native.build import build; import sys; build(Path(sys.argv[1]))"
FUZZ_S = float(os.environ.get("FUZZ_SECONDS", "3600"))


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native module, built with AddressSanitizer and UBSan."""
    path = tmp_path_factory.mktemp("asan") / "_packets.so"
    compiler = f"{os.environ.get('CC') or 'cc'} -g -fsanitize=address,undefined -fno-sanitize-recover=all"
    subprocess.run([sys.executable, "-c", _BUILD, str(path)], check=True, cwd=ROOT, env={**os.environ, "CC": compiler})
    return path


def run(module: Path, seconds: float, seed: int) -> str:
    libraries = [
        subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    environment = {
        **os.environ,
        "LD_PRELOAD": " ".join(libraries),
        "PYTHONMALLOC": "malloc",  # so that what Python hands over is watched, too
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:quarantine_size_mb=16",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.native", str(module), str(seconds), str(seed)],
        capture_output=True, text=True, cwd=ROOT, env=environment, timeout=seconds * 3 + 60,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-8000:]
    return done.stdout


def test_packets_of_strangers_do_no_harm(module: Path) -> None:
    assert "clean after" in run(module, 3, 1)


def test_the_sanitizer_would_notice(module: Path) -> None:
    """A packet that Python would never let through is reported."""
    script = (
        "import sys; from pathlib import Path; from tests.fuzz.native import load; load(Path(sys.argv[1]))\n"
        "from rtc.native._packets import ffi, lib\n"
        "log = ffi.new('sent_log *', {'next': 2047}); state = ffi.new('match_state *'); out = ffi.new('matched *')\n"
        "body = bytes(10) + bytes.fromhex('07ff 00000000 27ff')  # 2047 arrivals are to follow\n"
        "lib.match_feedback(log, state, body, 4096, 1, out)\n"
    )
    libraries = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = {
        **os.environ, "LD_PRELOAD": libraries.stdout.strip(), "PYTHONMALLOC": "malloc", "ASAN_OPTIONS": "detect_leaks=0",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script, str(module)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=60,
    )
    assert done.returncode != 0 and "AddressSanitizer" in done.stderr, done.stderr[-2000:]


@pytest.mark.slow
def test_packets_of_strangers_do_no_harm_for_long(module: Path) -> None:
    run(module, FUZZ_S / 4, 2)
