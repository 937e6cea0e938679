"""Which tests start programs, found in their code; and the fast run's promise that no test of it starts one.

A test starts programs when its function, or one of its fixtures, or a function or class of `tests` that these name, names
one of `PROGRAMS`. So nobody keeps a list of tests or of fixtures. What that misses, the promise finds: in the fast run
such a program does not start, and its test fails.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from playwright.async_api import async_playwright

from tests.support.clamd import Clamd
from tests.support.coturn import Coturn
from tests.support.firefox import Firefox
from tests.support.namespace import Namespace
from tests.support.nginx import Nginx
from tests.support.server import COMMAND, Server

PROGRAMS = (Server, COMMAND, async_playwright, Firefox, Namespace, Coturn, Nginx, Clamd)
# Set to 1 for the fast run.
VARIABLE = "FAST_TESTS"


def starts_programs(item: pytest.Item) -> bool:
    """Tell whether a test or one of its fixtures names one of the programs."""
    if not isinstance(item, pytest.Function):
        return False
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return _reaches(item.function) or any(_reaches(one.func) for same in fixtures for one in same)


@cache
def _reaches(start: Any) -> bool:
    """Tell whether a function of the tests leads to one of the programs."""
    seen: set[int] = set()
    left = [start]
    while left:
        thing = left.pop()
        if any(thing is program for program in PROGRAMS):
            return True
        if id(thing) not in seen:
            seen.add(id(thing))
            left += _named_by(thing)
    return False


def _named_by(thing: Any) -> list[Any]:
    """What a function or class of the tests names that the tests' modules know; nothing for anything else."""
    thing = getattr(thing, "__wrapped__", thing)
    if not str(getattr(thing, "__module__", "")).startswith("tests."):
        return []
    if isinstance(thing, type):
        members = [getattr(one, "fget", None) or getattr(one, "__func__", one) for one in vars(thing).values()]
        return [one for one in members if isinstance(one, FunctionType)]
    if not isinstance(thing, FunctionType):
        return []
    names = set(_names(thing.__code__))
    known = [thing.__globals__[name] for name in names if name in thing.__globals__]
    modules = [one for one in known if isinstance(one, ModuleType) and one.__name__.startswith("tests.")]
    return known + [vars(module)[name] for module in modules for name in names if name in vars(module)]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


# ---------------------------------------------------------------- the promise


def start_nothing() -> None:
    """From now on, refuse to start the server, and what only tests outside of the fast run need, in this process.

    Python's own audit events tell of every program, however it is started.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        words = [os.fsdecode(one) for one in arguments[1]] if isinstance(arguments[1], (list, tuple)) else []
        if any(words[at : at + 2] == list(COMMAND[1:]) for at in range(len(words))):
            raise AssertionError(
                f"The fast run starts no server: mark this test with pytest.mark.server. It ran {words}"
            )
