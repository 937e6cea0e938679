"""Each entry of docs/faults.md says what is right, where its siblings were looked for, and names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "faults.md"
SAID_OF_EACH = ("Fault", "Right", "Test", "Siblings")
# "tests/x/test_y.py::test_z" of pytest, "web/ui/src/x.test.ts::what it does" of vitest.
NAMED_TEST = re.compile(r"((?:tests|web)/[\w./-]+\.(?:py|tsx?))::([^`,;)\n]+)")


def _entries() -> list[tuple[str, str]]:
    title, *rest = re.split(r"^### ", PAGE.read_text(), flags=re.MULTILINE)
    assert title.startswith("# ")
    texts = [re.split(r"^## ", entry, flags=re.MULTILINE)[0] for entry in rest]
    return [(text.splitlines()[0], text) for text in texts]


ENTRIES = _entries()


def test_the_entries_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [name for name, _ in ENTRIES]
    assert len(names) >= 60
    assert len(names) == len(set(names))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in ENTRIES])
def test_an_entry_is_whole_and_its_tests_exist(text: str) -> None:
    missing = [said for said in SAID_OF_EACH if f"- {said}:" not in text]
    assert not missing
    tests = NAMED_TEST.findall(text)
    assert tests, "no test is named"
    for path, name in tests:
        source = (ROOT / path).read_text()
        wanted = f"def {name.split('[')[0]}(" if path.endswith(".py") else name
        assert wanted in source, f"{path} has no {name}"
