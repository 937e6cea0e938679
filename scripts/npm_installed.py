"""Tell whether node_modules already holds what package-lock.json asks for (exit status 0 when it does).

`npm ci` empties node_modules first, so it runs only when something is missing; what is there besides does no harm.
"""

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])


def packages_of(lock: Path) -> dict[str, Any]:
    packages: dict[str, Any] = json.loads(lock.read_text())["packages"]
    packages.pop("", None)
    return packages


def is_installed() -> bool:
    present_lock = FOLDER / "node_modules/.package-lock.json"
    if not present_lock.exists():
        return False
    wanted, present = packages_of(FOLDER / "package-lock.json"), packages_of(present_lock)
    for path, package in wanted.items():
        if path not in present:
            if not package.get("optional"):
                return False
        elif present[path].get("version") != package.get("version"):
            return False
    return True


sys.exit(0 if is_installed() else 1)
