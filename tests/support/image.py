"""What the Dockerfile puts into the image, put into a folder: its own COPY and RUN lines are followed, without Docker."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.server import ROOT

# Fetched from elsewhere or built with such: the checkout's own stand in for them.
_FETCHES = re.compile(r"\b(apt-get|pip|npm)\b")
_ENVIRONMENT = ".venv"
_FRONT_END = ("web/ui/dist", "web/widget/dist")
_FINAL = "final"


def build_image(folder: Path) -> Path:
    """Follow the Dockerfile; return what the image has as its working folder."""
    stages = _stages((ROOT / "Dockerfile").read_text())
    context = folder / "context"
    _copy_context(context)
    for dist in _FRONT_END:
        (made := folder / "ui/build" / dist).parent.mkdir(parents=True)
        made.symlink_to(ROOT / dist)
    workdir = context
    for name, lines in stages.items():
        if name != "ui":
            workdir = _follow(folder, name, lines)
    return workdir


def in_image(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that leads to no other code than the image's."""
    return {name: value for name, value in environment.items() if name != "PYTHONPATH"}


def _stages(dockerfile: str) -> dict[str, list[tuple[str, str]]]:
    """Return the instructions of each stage, the last one's as `final`."""
    stages: dict[str, list[tuple[str, str]]] = {}
    lines: list[tuple[str, str]] = []
    kept = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(kept).replace("\\\n", " ").splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction == "FROM":
            lines = stages.setdefault(rest.partition(" AS ")[2] or _FINAL, [])
        elif instruction:
            lines.append((instruction, rest))
    return stages


def _copy_context(target: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    listed = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        path = Path(name)
        if (ROOT / path).is_file() and not _is_ignored(path, ignored):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target / path)


def _is_ignored(path: Path, patterns: list[str]) -> bool:
    for part in (path, *path.parents):
        for pattern in patterns:
            anywhere = pattern.removeprefix("**/")
            if fnmatch.fnmatchcase(part.name if anywhere != pattern else part.as_posix(), anywhere):
                return True
    return False


def _follow(folder: Path, stage: str, lines: list[tuple[str, str]]) -> Path:
    """Do a stage's COPY and RUN below a folder of its own, which stands for its /; return its working folder."""
    root = folder / stage
    workdir = root
    for instruction, rest in lines:
        if instruction == "WORKDIR":
            workdir = root / rest.lstrip("/")
            workdir.mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            *sources, target = rest.split()
            base = folder / "context"
            if sources[0].startswith("--from="):
                base = folder / sources.pop(0).removeprefix("--from=")
            for source in sources:
                if not source.endswith(_ENVIRONMENT):
                    _copy(base / source.lstrip("/"), root if target.startswith("/") else workdir, target)
        elif instruction == "RUN" and not _FETCHES.search(rest):
            there = re.sub(r"(?<=\s)/(?=\w)", f"{root}/", rest)
            command = re.sub(r"\S*\.venv/bin/python", sys.executable, there)
            subprocess.run(["sh", "-c", command], cwd=workdir, env=in_image(os.environ), check=True)
    return workdir


def _copy(source: Path, folder: Path, target: str) -> None:
    to = folder / target.lstrip("/")
    if source.is_dir():
        shutil.copytree(source, to, dirs_exist_ok=True)
    else:
        (to if target.endswith("/") else to.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, to)
