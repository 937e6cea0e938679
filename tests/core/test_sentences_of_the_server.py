"""The sentences the server words itself are there in both languages: titles, refusals, fields, mails."""

import json
import re
from pathlib import Path

import pytest

from core.catalogue import flatten
from core.languages import LANGUAGES

LOCALES = Path(__file__).resolve().parents[2] / "web" / "locales"
ARGUMENT = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def _read(language: str, name: str) -> dict[str, str]:
    tree = json.loads((LOCALES / language / f"{name}.json").read_text(encoding="utf-8"))
    return flatten(tree, f"{name}.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_title_and_every_field_error_a_sentence(language: str) -> None:
    errors = _read(language, "errors")
    for status in (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503):
        assert errors[f"errors.core.status_{status}"]
    for kind in (
        "missing", "extra_forbidden", "email", "string_type", "string_too_short", "string_too_long", "string_pattern_mismatch",
        "int_parsing", "int_type", "greater_than_equal", "less_than_equal", "bool_type", "literal_error", "list_type",
        "model_type", "too_long", "too_short", "other",
    ):  # fmt: skip
        assert errors[f"errors.fields.{kind}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mail", ["invitation", "added", "forgotten"])
def test_every_mail_says_who_writes_what_to_open_and_how_long_it_works(language: str, mail: str) -> None:
    mails = _read(language, "mails")
    forms = ("one", "few", "many", "other") if language == "pl" else ("one", "other")
    for form in forms:
        named = set(ARGUMENT.findall(mails[f"mails.{mail}.text_{form}"]))
        assert named == {"name", "organisation", "email", "link", "count"}
    assert set(ARGUMENT.findall(mails[f"mails.{mail}.subject"])) <= {"organisation"}


def test_both_languages_word_the_same_refusals_with_the_same_arguments() -> None:
    tables = {language: _read(language, "errors") for language in LANGUAGES}
    assert tables["pl"].keys() == tables["en"].keys()
    for key, sentence in tables["pl"].items():
        assert set(ARGUMENT.findall(sentence)) == set(ARGUMENT.findall(tables["en"][key])), key
        assert sentence.strip() == sentence and sentence != tables["en"][key]
        assert sentence[-1] in ".!?" or ".status_" in key, key


@pytest.mark.feature("BEY-022")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_of_the_audit_log_has_a_sentence(language: str) -> None:
    root = LOCALES.parents[1]
    sources = [path for package in ("accounts", "conversations") for path in sorted((root / package).rglob("*.py"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    acts = set(re.findall(r'(?:\bnote|post_line|_keep_old|_line)\(\s*tx,[^"]*?"([a-z_]+\.[a-z_]+)"', text))
    assert {"message.edited", "person.changed", "call.joined", "session.started"} <= acts
    sentences = _read(language, "admin")
    assert not {act for act in acts if f"admin.audit.action.{act}" not in sentences}
    assert not {act for act in acts if f"admin.audit.family.{act.partition('.')[0]}" not in sentences}
