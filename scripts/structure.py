"""The shape of the house, in numbers: files a folder, long files, imports that point up, circles (docs/architecture.md)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scripts.imports import circles, imports_of, modules_of

FOLDER_FILES = 30
# One kind of thing, each found by its name.
LARGER_FOLDERS = {"rtc/kernel": 45}
REASONED_LINES, LONGEST_LINES = 400, 500
# This many files of one prefix in a folder are a folder of their own.
PREFIX_FILES = 4
REASON = re.compile(r"(?:^\s*|  )(?:#|//|/\*+|\*)\s*long: \S", re.MULTILINE)
# By type alone: what a track is sent as, what comes in for it, and what it is.
CIRCLES = (frozenset({"rtc.room.feed", "rtc.room.layer", "rtc.room.track"}),)
_CODE = (".py", ".ts", ".tsx")


def is_counted(path: Path) -> bool:
    """Tell whether a file is code somebody reads: not generated, not a migration, not vendored."""
    apart = {"migrations", "generated", "node_modules", "cases"}
    return path.suffix in _CODE and not apart & set(path.parts) and not path.name.endswith(".d.ts")


def is_test(path: Path) -> bool:
    """Tell whether it is a test's."""
    return path.parts[0] == "tests" or ".test." in path.name


def folder_faults(paths: Iterable[Path]) -> list[str]:
    """Tell which folders hold too many files, or many of one prefix."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        if is_counted(path) and not is_test(path) and path.name != "__init__.py":
            files[path.parent.as_posix()].append(path.stem)
    found = []
    for folder, names in sorted(files.items()):
        limit = LARGER_FOLDERS.get(folder, FOLDER_FILES)
        if len(names) > limit:
            found.append(f"{folder}: {len(names)} files (limit {limit}); two folders")
        prefixes = Counter(name.partition("_")[0] for name in names if "_" in name)
        for prefix, count in sorted(prefixes.items()):
            if count >= PREFIX_FILES and folder not in LARGER_FOLDERS:
                found.append(f"{folder}: {count} files are called {prefix}_...; that is a folder")
    return found


def long_faults(root: Path, paths: Iterable[Path]) -> tuple[list[str], int]:
    """Tell which files are too long, or long without a reason; and how many are long with one."""
    found, reasoned = [], 0
    for path in paths:
        if not is_counted(path):
            continue
        text = (root / path).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > LONGEST_LINES:
            found.append(f"{path}: {lines} lines; split by what changes together (limit {LONGEST_LINES})")
        elif lines > REASONED_LINES:
            if REASON.search("\n".join(text.split("\n", 12)[:12])):
                reasoned += 1
            else:
                found.append(f"{path}: {lines} lines, and no `long: ...` on its first lines says why")
    return found, reasoned


def levels_of(layers: Sequence[str]) -> dict[str, int]:
    """Return how high each package stands, from the layers as import-linter has them, the highest first."""
    names = [re.findall(r"\w+", layer) for layer in reversed(layers)]
    return {name: level for level, row in enumerate(names) for name in row}


def import_faults(root: Path, packages: Sequence[str], layers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell which imports point up, and which modules import one another in a circle, types included."""
    graph = imports_of(modules_of(root, packages))
    levels = levels_of(layers)
    up = [
        f"{name} imports {other}, which stands above it"
        for name, others in graph.items()
        for other in sorted(others)
        if levels[name.partition(".")[0]] < levels[other.partition(".")[0]]
    ]
    return up, [f"a circle: {', '.join(sorted(one))}" for one in circles(graph) if one not in CIRCLES]


def largest_folders(paths: Iterable[Path], count: int = 3) -> Mapping[str, int]:
    """Return the folders with most code files."""
    files = Counter(path.parent.as_posix() for path in paths if is_counted(path) and not is_test(path))
    return dict(files.most_common(count))
