"""A made-up noun is added to a copy of the checkout: it brings files of its own, and its name goes into few that are there."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import ROOT

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

NOUN = ROOT / "tests/cases/new_noun"
MIGRATIONS = Path("storage/migrations/versions")
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]

# What is written into files that are there: path, a text in it, and what stands there afterwards.
EDITS = (
    ("server/domains.py", "    accounts,\n", "    accounts,\n    badges,\n"),
    ("server/domains.py", "    sockets.DOMAIN,\n", "    badges.DOMAIN,\n    sockets.DOMAIN,\n"),
    (
        "accounts/rights.py",
        '    "desk.configure": _ADMIN,\n',
        '    "desk.configure": _ADMIN,\n    "badges.see": _SIGNED_IN,\n    "badges.make": _ADMIN,\n',
    ),
    ("storage/tables.py", "from storage.desk import (\n    agents,\n", "from storage.desk import (\n    agents,\n    badges,\n"),
    ("storage/tables.py", '    "audit",\n', '    "audit",\n    "badges",\n'),
    ("pyproject.toml", '"settings | visits"', '"badges | settings | visits"'),
    (
        "web/ui/src/app/features.ts",
        'import { boards } from "@/boards/feature";\n',
        'import { badges } from "@/badges/feature";\nimport { boards } from "@/boards/feature";\n',
    ),
    ("web/ui/src/app/features.ts", "desk, settings] as const", "desk, settings, badges] as const"),
    ("web/ui/eslint/layers.js", "  settings: {\n", "  badges: { imports: [] },\n  settings: {\n"),
)  # fmt: skip
# Sentences of errors and of the audit log are catalogues of all nouns: language, file, where, sentence.
SENTENCES = (
    ("pl", "errors", "desk.badge_taken", "Odznaka {{name}} już jest. Wybierz inną nazwę."),
    ("en", "errors", "desk.badge_taken", "There is a badge {{name}} already. Choose another name."),
    ("pl", "admin", "audit.action.badge.added", "dodał(a) odznakę"),
    ("en", "admin", "audit.action.badge.added", "added a badge"),
    ("pl", "admin", "audit.family.badge", "Odznaki"),
    ("en", "admin", "audit.family.badge", "Badges"),
)
GENERATED = {"docs/protocol.md", "web/ui/src/protocol/generated/schema.d.ts"}
# Its own test, and those that go over whatever there is.
PROOFS = (
    "tests/desk/badges",
    "tests/storage/engine/test_migrations.py",
    "tests/server",
    "tests/core",
    "tests/operations/test_layout.py",
    "tests/operations/test_page_addresses.py",
    "tests/flows/test_rights_walk.py::test_every_row_says_what_it_needs_and_has_a_request",
    "tests/signaling/test_snapshot_plus_event.py::test_every_stored_event_is_in_a_story",
    "tests/signaling/test_snapshot_plus_event.py::test_what_other_packages_tell_is_proved_in_their_folders_of_the_tests",
)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _copy_checkout(target: Path) -> None:
    listed = _run(ROOT, ["git", "ls-files", "-z", "-co", "--exclude-standard"]).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for name in (".venv", "web/ui/node_modules", "web/widget/node_modules", "web/ui/dist", "web/widget/dist"):
        (target / name).symlink_to((ROOT / name).resolve())
    for built in (ROOT / "rtc/native").glob("*.so"):
        shutil.copy2(built, target / "rtc/native")
    if (ROOT / ".mypy_cache").exists():  # checked as it was, only the new is looked at
        shutil.copytree(ROOT / ".mypy_cache", target / ".mypy_cache")


def _add_files(target: Path) -> None:
    newest = max(path.name[:4] for path in (target / MIGRATIONS).glob("[0-9]*.py"))
    revision = f"{int(newest) + 1:04}"
    for template in sorted(NOUN.rglob("*.txt")):
        place = target / template.relative_to(NOUN).with_suffix("")
        text = template.read_text()
        if place.parent == target / MIGRATIONS:
            place = place.with_name(f"{revision}_{place.name}")
            text = text.replace("{revision}", revision).replace("{newest}", newest)
        assert not place.exists(), place
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def _add_sentences(target: Path) -> None:
    for language, file, where, sentence in SENTENCES:
        path = target / f"web/locales/{language}/{file}.json"
        tree: Any = json.loads(path.read_text())
        place = tree
        *parents, name = where.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = sentence
        path.write_text(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout with badges in it, the present state committed."""
    target = tmp_path_factory.mktemp("noun") / "centrala"
    target.mkdir()
    _copy_checkout(target)
    author = ["-c", "user.name=Test", "-c", "user.email=test@example.test"]
    for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "As it is"]):
        assert _run(target, ["git", *command]).returncode == 0
    _add_files(target)
    for path, before, after in EDITS:
        text = (target / path).read_text()
        assert text.count(before) == 1, f"{path} has no place for a new noun: {before!r}"
        (target / path).write_text(text.replace(before, after))
    _add_sentences(target)
    made = _run(target, _python("-m", "scripts.generated"))
    assert made.returncode == 0, made.stdout + made.stderr
    return target


@pytest.fixture
def check(copy: Path) -> Callable[..., str]:
    """Run a program in the copy, which has to end well; give what it said."""

    def run(*command: str) -> str:
        done = _run(copy, list(command))
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout

    return run


def test_its_name_goes_into_few_files_that_are_there(copy: Path) -> None:
    changed = set(_run(copy, ["git", "diff", "--name-only", "HEAD"]).stdout.split())
    catalogues = {f"web/locales/{language}/{file}.json" for language, file, *_ in SENTENCES}
    assert changed - catalogues == {path for path, *_ in EDITS} | GENERATED
    assert "badge:added" in (copy / "docs/protocol.md").read_text()
    assert "BadgeAdded" in (copy / "web/ui/src/protocol/generated/schema.d.ts").read_text()


def test_the_page_of_the_architecture_names_all_its_files() -> None:
    section = (ROOT / "docs/architecture.md").read_text().partition("A new noun gets files")[2].partition("\n## ")[0]
    own, _, there = section.partition("| file that is there |")
    named = {
        name
        for row in re.findall(r"^\| `(.*?) \|", there, re.MULTILINE)
        for name in re.findall(r"[\w./]+/[\w.]+|\w+\.toml", row)
    }
    assert named == {path for path, *_ in EDITS}
    templates = {path.relative_to(NOUN).with_suffix("").as_posix() for path in NOUN.rglob("*.txt")}
    written = set(re.findall(r"`((?:\w+/)+\w+\.\w+)`", own)) - {"tests/operations/test_new_noun.py"}
    assert written and written <= templates


def test_generated_files_are_fresh(check: Callable[..., str]) -> None:
    check(*_python("-m", "scripts.generated", "--check"))
    check(*_python("-m", "scripts.error_sentences"))


def test_it_reads_as_the_house_wants(copy: Path, check: Callable[..., str]) -> None:
    check(*_python("-m", "ruff", "check", "."))
    check(*_python("-m", "ruff", "format", "--check", "."))
    # After three lines of numbers, each line is a fault.
    before, after = (_run(folder, _python("-m", "scripts.house_rules")).stdout.splitlines() for folder in (ROOT, copy))
    assert set(after[3:]) - set(before[3:]) == set()


def test_its_imports_point_down(copy: Path) -> None:
    linted = _run(copy, [str(copy / ".venv/bin/lint-imports")])
    assert linted.returncode == 0, linted.stdout[-3000:]


def test_its_types_hold(check: Callable[..., str]) -> None:
    check(*_python("-m", "mypy", *PACKAGES, "scripts", "tests", "bench"))


def test_the_front_end_takes_it(copy: Path) -> None:
    ui = copy / "web/ui"
    for command in (
        ["tsc", "--noEmit"],
        ["eslint", "src/badges", "src/app", "--max-warnings", "0"],
        ["vitest", "run", "--project", "ui", "src/badges", "eslint"],
    ):
        done = _run(ui, [str(ui / "node_modules/.bin" / command[0]), *command[1:]])
        assert done.returncode == 0, f"{command[0]}: {done.stdout[-3000:]}{done.stderr[-1000:]}"
    catalogues = _run(ui, ["node", "scripts/check-locales.mjs"])
    assert catalogues.returncode == 0, catalogues.stderr


def test_it_works_on_a_running_server_and_other_proofs_still_hold(check: Callable[..., str]) -> None:
    said = check(*_python("-m", "pytest", "-q", "-p", "no:cacheprovider", *PROOFS))
    print(said[-300:])
