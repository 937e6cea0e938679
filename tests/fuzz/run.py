"""Long fuzzing of one target in this process: `python -m tests.fuzz.run TARGET SECONDS SEED [--atheris]`.

With --atheris inputs are found by coverage (libFuzzer through atheris, where it is installed), without it by edits of good
inputs. Either way an input may take MOST_S of processor time, and memory may grow by MOST_GROWTH_BYTES over the run.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests.fuzz.edits import make

MOST_S = 1.0
MOST_GROWTH_BYTES = 64 << 20
_WARM_UP = 0.2  # of the time, until which memory may grow


class Slow(Exception):
    """An input took too long."""


def timed(run: Callable[[bytes], None], data: bytes) -> None:
    """Run one input; raises Slow."""
    began = time.process_time()
    run(data)
    took_s = time.process_time() - began
    if took_s > MOST_S:
        raise Slow(f"{took_s:.1f} s for {len(data)} bytes")


def fuzz(name: str, run: Callable[[bytes], None], seeds: list[bytes], seconds: float, seed: int, done: int = 0) -> int:
    """Try inputs for so long; return how many. A failing one is printed and left in reports/."""
    rng = random.Random(f"{seed} {name}")
    process = psutil.Process()
    began = time.monotonic()
    warm_bytes = 0
    pool = list(seeds)
    while (passed_s := time.monotonic() - began) < seconds:
        for _ in range(200):
            data = make(rng, pool) if done >= len(seeds) else seeds[done]
            done += 1
            try:
                timed(run, data)
            except BaseException:
                keep(name, data)
                raise
        if not warm_bytes and passed_s > seconds * _WARM_UP:
            warm_bytes = process.memory_info().rss
    grown = process.memory_info().rss - warm_bytes if warm_bytes else 0
    assert grown < MOST_GROWTH_BYTES, f"{name}: memory grew by {grown >> 20} MB in {done} inputs"
    print(f"{name}: {done} inputs in {seconds:g} s, memory grew by {grown >> 10} kB")
    return done


def keep(name: str, data: bytes) -> None:
    """Leave an input that failed where it can be found."""
    folder = Path("reports")
    folder.mkdir(exist_ok=True)
    path = folder / f"fuzz-{name.replace(' ', '-').replace(':', '-')}.bin"
    path.write_bytes(data)
    sys.stderr.write(f"{name} fails on {data[:200]!r}, kept in {path}\n")


def fuzz_by_coverage(name: str, seconds: int, seed: int) -> None:
    """Let libFuzzer look for inputs; it ends the process."""
    import tempfile

    # Untyped, and not everywhere installed.
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["rtc", "signaling", "web", "conversations", "accounts"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus = Path(tempfile.mkdtemp(prefix="fuzz-"))
    for number, data in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(data)
    process = psutil.Process()
    state = {"count": 0, "warm_at": time.monotonic() + seconds * _WARM_UP, "warm_bytes": 0}

    def one(data: bytes) -> None:
        state["count"] += 1
        try:
            timed(target.run, data)
            if state["count"] % 10_000 == 0 and time.monotonic() > state["warm_at"]:
                now = process.memory_info().rss
                state["warm_bytes"] = state["warm_bytes"] or now
                # libFuzzer keeps what it learned: four times what an interpreter may grow by.
                assert now - state["warm_bytes"] < 4 * MOST_GROWTH_BYTES, "memory grows"
        except BaseException:
            keep(name, data)
            raise

    options = [f"-max_total_time={seconds}", f"-seed={seed or 1}", "-max_len=8192", "-timeout=30", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={corpus}/", "-verbosity=0", str(corpus)], one)
    atheris.Fuzz()


def main() -> None:
    """Run one target."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("seconds", type=float)
    parser.add_argument("seed", type=int)
    parser.add_argument("--atheris", action="store_true")
    arguments = parser.parse_args()
    if arguments.atheris:
        fuzz_by_coverage(arguments.target, max(1, int(arguments.seconds)), arguments.seed)
    else:
        from tests.fuzz.targets import TARGETS

        target = TARGETS[arguments.target]
        fuzz(target.name, target.run, target.seeds, arguments.seconds, arguments.seed)


if __name__ == "__main__":
    main()
