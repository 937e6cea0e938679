"""JSON with halves of characters is read; what is no JSON is still refused."""

import pytest

from core.json_text import parse_json


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (rb'"Promocja \ud83d"', "Promocja \ufffd"),
        (rb'"\ude00\ud83d\ud83d\ude00"', "\ufffd\ufffd😀"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'{"\uDBFF": ["\\\\\udfff"]}', {"\ufffd": ["\\\\\ufffd"]}),
        (r'"ż\ud83d"', "ż\ufffd"),
    ],
)
def test_half_a_character_is_no_reason_to_refuse(said: bytes | str, read: object) -> None:
    assert parse_json(said) == read


@pytest.mark.parametrize("said", [b"", b"{", rb'"\ud83d', rb"\ud83d", b'"\xff"', "'\ud83d'"])
def test_what_is_no_json_is_none(said: bytes | str) -> None:
    with pytest.raises(ValueError):
        parse_json(said)
