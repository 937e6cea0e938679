"""Which packet path the media workers of a benchmark take: figures of one say nothing about the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rtc.native.build import build

_ASK = """
import logging, os, socket
logging.basicConfig(level=logging.INFO, format="%(message)s")
from rtc.net.counting import Counters
from rtc.sending.choice import choose_packet_path
way = os.environ.get("CENTRALA_MEDIA_FANOUT", "auto")
print(type(choose_packet_path(way, socket.socket(socket.AF_INET, socket.SOCK_DGRAM), Counters(), lambda: 0)[0]).__name__)
"""
_PATHS = {"NativeFanout": "native", "SendBatch": "batch", "SendEach": "each"}
_TAKEN = "packets take the "


class WrongPath(RuntimeError):
    """The packet path that was to be measured is not the one that runs."""


def make_ready() -> str:
    """Return the path that workers will take: "native", "batch" or "each"; the native one is built anew from changed sources.

    raises   WrongPath  it is to be the native one, and cannot be
    """
    wanted = os.environ.get("CENTRALA_MEDIA_FANOUT", "auto")
    path, said = _ask()
    if wanted in ("auto", "native") and path != "native":
        print("building the native packet path, which is not there or is of other sources", flush=True)
        try:
            build()
        except (OSError, subprocess.CalledProcessError) as exc:
            said = str(exc)
        path, _ = _ask()
        if path != "native":
            raise WrongPath(f"no native packet path: {said}\nCENTRALA_MEDIA_FANOUT=batch measures the one in Python")
    return path


def _ask() -> tuple[str, str]:
    # In a process of its own: what is imported once here would hide what is built later.
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    return _PATHS[done.stdout.strip()], done.stderr.strip()


def path_taken(log: Path) -> str:
    """Return what the workers of a server wrote into its log of the path they take."""
    said = {line.partition(_TAKEN)[2].strip() for line in log.read_text().splitlines() if _TAKEN in line}
    return " and ".join(sorted(said)) or "nobody knows which path"
