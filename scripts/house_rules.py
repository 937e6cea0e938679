"""Rules of the house that no linter knows: the shape of folders, names, clocks, background tasks, addresses in locks."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from scripts.structure import (
    LONGEST_LINES,
    REASONED_LINES,
    folder_faults,
    import_faults,
    largest_folders,
    long_faults,
)
from scripts.style_rules import style_faults

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = tuple(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"])
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|base2)$")
REGISTRY = re.compile(
    r"https?://(registry\.npmjs|pypi\.org|files\.pythonhosted|[\w.-]*/simple)|\"resolved\":|--(extra-)?index-url"
)
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)(?: *; *([^\\\n]*))?", re.MULTILINE)
IN_PACKAGES = {
    "time comes from core.clock": (
        re.compile(
            r"\btime\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns)\(|\bdatetime\.(now|utcnow|today)\("
        ),
        # The dates of certificates and files are the outside's, not ours to set; engine.io stamps heartbeats itself.
        ("core/clock.py", "core/ids.py", "outward/mail.py", "rtc/net/dtls.py", "signaling/engine.py", "server/lan.py"),
    ),
    "background tasks start in core.supervise": (
        re.compile(r"\basyncio\.(create_task|ensure_future)\(|\bloop\.create_task\("),
        ("core/supervise.py",),
    ),
    "waits end by asyncio.timeout: wait_for may swallow a cancellation (before Python 3.12)": (
        re.compile(r"\basyncio\.wait_for\("),
        (),
    ),
}


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True
    )
    return [Path(name) for name in names.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def faults(path: Path) -> list[str]:
    found: list[str] = []
    in_package = path.parts[0] in PACKAGES
    if path.suffix in (".py", ".ts", ".tsx"):
        text = (ROOT / path).read_text()
        if FORBIDDEN_NAMES.search(path.stem):
            found.append(f"{path}: a name that says nothing")
        if path.suffix == ".py" and in_package:
            for rule, (pattern, allowed) in IN_PACKAGES.items():
                if str(path) not in allowed and (match := pattern.search(text)):
                    line = text.count("\n", 0, match.start()) + 1
                    found.append(f"{path}:{line}: {rule}")
    if (path.name.endswith(".lock") or path.name == "package-lock.json") and REGISTRY.search((ROOT / path).read_text()):
        found.append(f"{path}: a registry's address; locks have none")
    if path.parts[0] == "tests" and path.name == "__init__.py":
        found.append(f"{path}: tests have no __init__.py (it would shadow the package of the same name)")
    return found


def lock_faults(locks: dict[str, str]) -> list[str]:
    """Return which packages have another version in one lock than in another; locks: file -> its text."""
    versions: dict[tuple[str, str], dict[str, str]] = {}
    for lock, text in locks.items():
        for name, version, condition in PINNED.findall(text):
            versions.setdefault((name.lower(), condition), {})[lock] = version
    return [
        f"{name}: " + ", ".join(f"{version} in {lock}" for lock, version in sorted(found.items()))
        for (name, _), found in versions.items()
        if len(set(found.values())) > 1
    ]


def main() -> int:
    paths = tracked()
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(one["layers"] for one in linter["contracts"] if one["id"] == "layers")
    folders = folder_faults(paths)
    too_long, reasoned = long_faults(ROOT, paths)
    up, rounds = import_faults(ROOT, PACKAGES, layers)
    in_styles, numbers = style_faults(paths)
    locks = lock_faults({path.name: path.read_text() for path in ROOT.glob("requirements*.lock")})
    found = [
        *locks,
        *in_styles,
        *folders,
        *too_long,
        *up,
        *rounds,
        *(fault for path in paths for fault in faults(path)),
    ]
    largest = ", ".join(f"{folder} {count}" for folder, count in largest_folders(paths).items())
    print(f"folders: {len(folders)} over their limit (largest: {largest})")
    print(
        f"files over {REASONED_LINES} lines: {reasoned} with a reason, {len(too_long)} without or over {LONGEST_LINES}"
    )
    print(f"imports that point up: {len(up)}; circles: {len(rounds)}, types included")
    print("\n".join(found) if found else "house rules: kept")
    print(numbers)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
