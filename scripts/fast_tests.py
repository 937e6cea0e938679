"""Run the tests to run at every change: those that start no server and no browser and hold no call between pages.

The front end's own tests run beside them. What failed is tried once more, alone, as `make test` does. Says how many there were and how long they took, and whether that kept the limit.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
# In a folder of its own: `make features` counts the reports of the whole run.
REPORTS = ROOT / "reports" / "fast"
CHOSEN = "not slow and not calls and not alone and not browser and not server"
LIMIT_S = 240
TESTS_FAILED = 1
NONE_CHOSEN = 5


def run_python(report: str, *more: str) -> int:
    """Run pytest on the chosen tests, which must start no server; return its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", CHOSEN, f"--junit-xml={REPORTS / report}", *more]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "FAST_TESTS": "1"}, check=False).returncode


def front_end_command() -> list[str]:
    reporters = ["--reporter=dot", "--reporter=junit", f"--outputFile.junit={REPORTS / 'vitest.xml'}"]
    return ["npm", "--prefix", "web/ui", "run", "--silent", "test", "--", *reporters]


def count(report: Path) -> int:
    """Count the tests of a junit file; none was written when they did not even begin."""
    return sum(1 for _ in ElementTree.parse(report).iter("testcase")) if report.exists() else 0


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--processes", type=int, default=2, help="how many processes share the Python tests")
    options, more = arguments.parse_known_args()

    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    began = time.monotonic()
    log = REPORTS / "vitest.log"
    with log.open("wb") as output:
        front_end = subprocess.Popen(front_end_command(), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    # A process takes over tests that another has not begun.
    spread = ("-n", str(options.processes), "--dist", "worksteal", "--durations", "20")
    code = run_python("pytest.xml", *spread, *more)
    if code == TESTS_FAILED:
        print("Once more, alone, what failed above", flush=True)
        code = run_python("pytest-again.xml", "-x", "--last-failed", "--last-failed-no-failures", "none", *more)
    failed = code not in (0, NONE_CHOSEN)
    if front_end.wait() != 0:
        print(log.read_text(errors="replace"))
        failed = True

    took_s = time.monotonic() - began
    print(
        f"\nFast tests: {count(REPORTS / 'pytest.xml')} in Python and {count(REPORTS / 'vitest.xml')} of the front end"
    )
    print(f"They took {took_s:.0f} s; the limit is {LIMIT_S} s, on two processors with nothing else to do.")
    if took_s > LIMIT_S:
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"TOO SLOW by {took_s - LIMIT_S:.0f} s: see the durations above, and what else ran here (load {load}).")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
