"""Centrala's media engine beside Janus 1.1.2 in one run: the same clients, the same load, in turns of a few seconds.

Both run in a network namespace with an address of its own, because Janus skips the loopback. Janus comes from Debian
and is a tool of this benchmark alone. `python -m bench.janus --case fanout` measures one case and prints it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.janus_server import find_janus
from bench.packet_path import make_ready
from bench.result import Result
from bench.sfu.houses import CentralaHouse, House, JanusHouse
from bench.sfu.stage import Case, Stage
from tests.support.namespace import Namespace

TURNS = 3
BUDGET_US, BUDGET_RATIO, BUDGET_KB = 8.0, 1 / 3, 150.0
LIMIT_S = 180
CASES = {
    "fanout": Case("1 publisher, 50 viewers, 500/s of 1,100 bytes", 1, 51, 1, 10.0, 500, 1100, viewers_only=True),
    "small": Case("1 publisher, 50 viewers, 500/s of 120 bytes", 1, 51, 1, 4.0, 500, 120, viewers_only=True),
    "rooms": Case("12 rooms of 6, three layers each, speakers change", 12, 6, 6, 4.0, speaker_s=2.0),
    "hundred": Case("one room of 100, 12 cameras, 15/s of 600 bytes each", 1, 100, 12, 4.0, 15, 600),
}
TOGETHER = (("fanout", "small"), ("rooms",), ("hundred",))  # in one setting, as they differ in the packets' size alone


async def run(cases: dict[str, Case], address: str) -> dict[str, Any]:
    """Measure cases that differ in the size of packets: both servers up at once, one sending at a time, in turns."""
    first = next(iter(cases.values()))
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="centrala-bench-") as home:
        stages: list[Stage] = []
        makers: list[Callable[[Path, str], House]] = [CentralaHouse, JanusHouse]
        try:
            for number, make in enumerate(makers):
                folder = Path(home) / str(number)
                folder.mkdir()
                stages.append(Stage(make(folder, address), first, address))
                await stages[-1].prepare()
            # The clock of the measurement must not wait for the machine's other work.
            os.setpriority(os.PRIO_PROCESS, 0, -10)
            for name, case in cases.items():
                for stage in stages:
                    if case is not first:
                        stage.go_on(case)
                for _ in range(TURNS):
                    for stage in stages:
                        await stage.turn()
                results[name] = {
                    stage.house.name: {**stage.found.summary(), "packet_path": stage.house.packet_path}
                    for stage in stages
                }
            return results
        finally:
            for stage in stages:
                await stage.close()


def measure_inside(names: tuple[str, ...]) -> dict[str, Any]:
    """Measure cases in a process in a namespace of its own."""
    namespace = Namespace()
    try:
        command = [sys.executable, "-m", "bench.janus", "--case", *names, "--address", namespace.inside]
        done = subprocess.run(namespace.command(*command), capture_output=True, text=True, timeout=LIMIT_S, check=False)
    finally:
        namespace.close()
    if done.returncode:
        raise RuntimeError(f"{names} failed:\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def add_figures(result: Result, case: str, found: dict[str, Any]) -> None:
    """Add one case's figures, those with budgets first."""
    ours, theirs = found[CentralaHouse.name], found[JanusHouse.name]
    judged = case == "fanout"
    for name, one in ((CentralaHouse.name, ours), (JanusHouse.name, theirs)):
        budget = BUDGET_US if judged and one is ours else None
        result.add(f"{case}: {name}, time per forwarded packet", one["cost_us"], "us", budget)
        result.add(f"{case}: {name}, of it in the kernel", one["system_us"], "us")
    budget = BUDGET_RATIO if judged else None
    result.add(f"{case}: ours / Janus", ours["cost_us"] / theirs["cost_us"], "", budget)
    for name, one in ((CentralaHouse.name, ours), (JanusHouse.name, theirs)):
        result.add(f"{case}: {name}, added latency p50", one["p50_ms"], "ms")
        result.add(f"{case}: {name}, added latency p99", one["p99_ms"], "ms")
        if one["kilobytes_per_viewer"]:
            budget = BUDGET_KB if judged and one is ours else None
            result.add(f"{case}: {name}, memory per viewer", sum(one["kilobytes_per_viewer"]), "kB", budget)
        delivered = "" if one["delivered"] is None else f", {one['delivered']:.2%} of what was due"
        result.notes.append(
            f"{case}: {name}: {one['forwarded']} packets{delivered}, {one['other']} of padding and repairs; turns {one['costs_us']} us, "
            f"p99 {one['p99_turns_ms']} ms; busy "
            f"{one['busy_share']:.0%} of one processor, its threads together waited for one {one['waited_share']:.0%} of the "
            f"time; the machine was busy {one['machine_busy_share']:.0%}; "
            f"took the {one['packet_path']}; {' '.join(one['srtp_profiles'])}; viewers took {', '.join(one['negotiated'])}"
        )


def add_all(result: Result, found: dict[str, Any]) -> None:
    """Add the figures of several cases."""
    for name, figures in found.items():
        result.notes.append(f"{name}: {CASES[name].title}, {CASES[name].turn_s:.0f} s a turn")
        add_figures(result, name, figures)


async def measure() -> Result:
    """Measure all cases, or say why not."""
    result = Result("janus", f"Centrala beside Janus 1.1.2, {TURNS} turns each in alternation, medians")
    if os.getuid() != 0 or find_janus() is None:
        result.notes.append("not measured: it needs root (a network namespace) and the Debian package janus")
        return result
    for names in TOGETHER:
        add_all(result, await asyncio.to_thread(measure_inside, names))
    return result


def main() -> None:
    """Run from the command line: some cases, printed; with an address, in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=CASES, nargs="+", required=True)
    parser.add_argument("--address", default="")
    arguments = parser.parse_args()
    if arguments.address:
        print(json.dumps(asyncio.run(run({name: CASES[name] for name in arguments.case}, arguments.address))))
        return
    result = Result("janus", f"Centrala beside Janus 1.1.2, {TURNS} turns each in alternation, medians")
    path = make_ready()
    add_all(result, measure_inside(tuple(arguments.case)))
    result.machine["packet_path"] = path
    print(result.table())


if __name__ == "__main__":
    main()
