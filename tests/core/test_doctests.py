"""The examples in docstrings say what is true."""

import doctest
import importlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
_EXAMPLE = re.compile(r"^ *>>> ", re.MULTILINE)
_AT_LEAST = 35


def _modules() -> dict[str, int]:
    """The modules with examples, and how many lines of examples each has."""
    found = {}
    for package in [*PACKAGES, "scripts"]:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts and (lines := len(_EXAMPLE.findall(path.read_text()))):
                found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = lines
    return found


MODULES = _modules()


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), report=True)
    assert results.failed == 0
    assert results.attempted == MODULES[name]


def test_examples_are_found() -> None:
    assert sum(MODULES.values()) >= _AT_LEAST
