"""One list of packages: whatever names them all names the same ones, and no package or folder stands outside the contracts."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts import house_rules

ROOT = Path(__file__).resolve().parent.parent.parent
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES: list[str] = LINTER["root_packages"]
CONTRACTS: dict[str, dict[str, Any]] = {one["id"]: one for one in LINTER["contracts"]}
# Programs around the server; nobody imports them.
APART = {"bench"}
# Who may do what a contract forbids to all others.
ALLOWED = {
    "database": {"storage"},
    "media": {"rtc"},
    "redis": {"storage", "signaling"},
    "edges": {"outward", "signaling", "web", "server"},
}


def _layer_names(contract: dict[str, Any]) -> list[str]:
    return [name for layer in contract["layers"] for name in re.findall(r"[\w.]+", layer)]


def _folders(package: str) -> list[str]:
    """The packages inside a package, by dotted name."""
    inits = sorted((ROOT / package).rglob("__init__.py"))
    names = [path.parent.relative_to(ROOT) for path in inits if "node_modules" not in path.parts]
    return [".".join(name.parts) for name in names if len(name.parts) > 1]


def test_every_package_that_exists_is_in_the_list() -> None:
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert sorted(there - APART) == sorted(PACKAGES)
    assert len(PACKAGES) == len(set(PACKAGES))


def test_the_makefile_and_the_house_rules_read_the_list() -> None:
    command = ["make", "--eval", "show-packages: ; @echo $(PACKAGES)", "show-packages"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == PACKAGES
    assert list(house_rules.PACKAGES) == PACKAGES


def test_a_package_has_one_version_in_all_locks() -> None:
    one = "a==1 \\\n    --hash=sha256:00\nb==2 ; python_full_version < '3.12' \\\nb==3 ; python_full_version >= '3.12' \\\n"
    assert house_rules.lock_faults({"x.lock": one, "y.lock": one}) == []
    assert house_rules.lock_faults({"x.lock": one, "y.lock": "a==2 \\\n"}) == ["a: 1 in x.lock, 2 in y.lock"]
    texts = {path.name: path.read_text() for path in ROOT.glob("requirements*.lock")}
    assert len(texts) >= 2 and house_rules.lock_faults(texts) == []


def test_the_image_keeps_and_compiles_every_package() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    kept = re.search(r"for package in ([\w ]+); do mv", dockerfile)
    compiled = re.search(r"compileall -q ([\w ]+)", dockerfile)
    assert kept and compiled
    assert sorted(kept[1].split()) == sorted([*PACKAGES, "scripts"])
    assert sorted(compiled[1].split()) == sorted(PACKAGES)


def test_every_package_has_its_layer_and_its_row_in_the_documents() -> None:
    layers = _layer_names(CONTRACTS["layers"])
    assert set(PACKAGES) <= set(layers)
    assert len(layers) == len(set(layers))
    table = (ROOT / "docs/architecture.md").read_text().partition("## Layers")[2].partition("\n\n**")[0]
    rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(PACKAGES)


def test_each_contract_that_forbids_to_all_but_some_is_known() -> None:
    only = {name for name, one in CONTRACTS.items() if one["type"] == "forbidden" and one["name"].startswith("Only ")}
    assert only == set(ALLOWED)


@pytest.mark.parametrize("contract", sorted(ALLOWED))
def test_a_contract_binds_every_package_it_does_not_allow(contract: str) -> None:
    assert sorted(CONTRACTS[contract]["source_modules"]) == sorted(set(PACKAGES) - ALLOWED[contract])


def test_every_folder_stands_in_a_contract_that_leaves_nobody_out() -> None:
    bound: set[str] = set()
    for contract in CONTRACTS.values():
        if contract["type"] == "layers" and contract.get("exhaustive"):
            names = _layer_names(contract)
            bound |= {f"{container}.{name}" for container in contract["containers"] for name in names}
    unbound = sorted({folder for package in PACKAGES for folder in _folders(package)} - bound)
    assert not unbound, f"in no exhaustive contract of layers: {', '.join(unbound)}"


WHERE = (ROOT / "docs/architecture.md").read_text().partition("## Where to change what")[2].partition("\n## ")[0]


def _rows(head: str) -> list[list[str]]:
    """The cells of a table of that section, by the head of its first column."""
    table = WHERE.partition(f"| {head} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_each_of_ten_changes_begins_in_a_file_that_has_what_is_named() -> None:
    rows = _rows("request")
    assert len(rows) == 10
    named = [cell for _, cell, _ in rows] + re.findall(
        r"`[\w./]+`: `[\w.]+`", WHERE.partition("\n\nWhat is done later")[2]
    )
    assert len(named) == 12
    for cell in named:
        match = re.fullmatch(r"`([\w./]+)`: `([\w.]+)`", cell)
        assert match, cell
        text = (ROOT / match[1]).read_text()
        for symbol in match[2].split("."):
            assert re.search(rf"\b(class|def) {symbol}\b|^\s*{symbol}\b *[:=]", text, re.MULTILINE), cell


def test_whatever_changes_next_exists() -> None:
    paths = [path for *_, then in _rows("request") for path in re.findall(r"`([\w.]+(?:/[\w.]+)+)`", then)]
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
