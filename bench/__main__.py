"""Run benchmarks: `python -m bench [case ...]`; without names, all of them."""

import asyncio
import importlib
import pkgutil
import sys
import traceback
from pathlib import Path

from bench.packet_path import WrongPath, make_ready
from bench.result import Result, Watch

NOT_CASES = {"result", "__main__"}


def cases() -> list[str]:
    """Modules of this package that define measure(); folders beside them hold what cases share."""
    folder = Path(__file__).resolve().parent
    modules = [module for module in pkgutil.iter_modules([str(folder)]) if not module.ispkg]
    names = [module.name for module in modules if module.name not in NOT_CASES]
    return [name for name in names if "def measure(" in (folder / f"{name}.py").read_text()]


def main(wanted: list[str]) -> int:
    failed = False
    try:
        path = make_ready()
    except WrongPath as exc:
        print(exc)
        return 2
    results: list[Result] = []
    for name in wanted or cases():
        print(f"running {name} ...", flush=True)
        watch = Watch()
        try:
            result = asyncio.run(importlib.import_module(f"bench.{name}").measure())
        except Exception:  # one broken case must not hide the others' figures
            traceback.print_exc()
            failed = True
            continue
        result.machine = {**watch.machine(), "packet_path": path}
        result.write()
        results.append(result)
        print(result.table(), flush=True)
    over = [figure for result in results for figure in result.figures if figure.verdict == "OVER"]
    print(
        f"\n{len(results)} cases, {len(over)} figures over budget" + ("".join(f"\n  {figure.name}" for figure in over))
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
