"""Every parser of ours stands whatever it is given: briefly here, for long in the soak (FUZZ_SECONDS, all together)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.edits import KINDS, edit
from tests.fuzz.targets import PAYLOADS, TARGETS, WIRE, Target

ROOT = Path(__file__).resolve().parents[2]
FUZZ_S = float(os.environ.get("FUZZ_SECONDS", "3600"))
SEED = int(os.environ.get("FUZZ_SEED", "7"))
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None

edits = st.lists(
    st.tuples(st.integers(0, KINDS - 1), st.integers(0, 4096), st.integers(0, 65535)), min_size=1, max_size=6
)


def try_it(target: Target, examples: int) -> None:
    """Let hypothesis look for an input that fails."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.builds(lambda seed, changes: edit(seed, changes, target.seeds), st.sampled_from(target.seeds), edits))
    def run(data: bytes) -> None:
        target.run(data)

    for seed in target.seeds:
        target.run(seed)
    run()


@pytest.mark.parametrize("target", WIRE, ids=lambda target: target.name)
def test_a_parser_stands_anything(target: Target) -> None:
    try_it(target, 150)


def test_payload_models_stand_anything() -> None:
    assert len(PAYLOADS) > 30
    for target in PAYLOADS:
        try_it(target, 15)


def test_every_parser_of_the_wire_is_a_target() -> None:
    modules = {path.stem for path in (ROOT / "rtc" / "wire").glob("*.py")} - {"__init__"}
    through_the_tape = {"webm"}
    assert modules - through_the_tape <= set(TARGETS), "a format without a target in tests/fuzz/targets.py"


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", list(TARGETS))
def test_a_parser_stands_anything_for_long(name: str) -> None:
    share = 0.6 if TARGETS[name] in WIRE else 0.15
    count = len(WIRE) if TARGETS[name] in WIRE else len(PAYLOADS)
    seconds = max(1.0, FUZZ_S * share / count)
    by_coverage = ["--atheris"] if HAS_ATHERIS else []
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", name, str(seconds), str(SEED), *by_coverage],
        capture_output=True, text=True, cwd=ROOT, timeout=seconds * 2 + 120,
    )  # fmt: skip
    print(done.stdout, done.stderr[-3000:])
    assert done.returncode == 0
