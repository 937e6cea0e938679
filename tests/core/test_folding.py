"""Folding and the Polish order: what searching, comparing and sorting rest on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.folding import fold, fold_email, sort_key, words

ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
        ("ŁÓDŹ", "lodz"),
        ("  dużo \t\n spacji  ", "duzo spacji"),
        ("Straße", "strasse"),
        ("ĿØĐÞÆŒı", "l·odthaeoei"),
        ("CO₂ ½ ㎆ ﬁ", "co2 1⁄2 mb fi"),
        ("e\u0301 = é", "e = e"),
        ("a\x00b\x1fc\x7fd\x9fe", "a b c d e"),
        ("ΑΒΓ ЯЖ", "αβγ яж"),
        ("", ""),
    ],
)
def test_folding_leaves_no_case_no_marks_and_no_double_spaces(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=ALPHABET + ALPHABET.upper() + " "))
def test_polish_text_folds_to_plain_letters(text: str) -> None:
    assert set(fold(text)) <= set("abcdefghijklmnopqrstuvwxyz ")


@given(st.text())
def test_words_are_letters_and_digits_alone(text: str) -> None:
    for word in words(text):
        assert word and len(word) <= 100
        assert all(char.isalnum() for char in word)


def test_words_are_cut_at_everything_else() -> None:
    assert words("filtr_oleju SR-7/2024 it's 3,5") == ["filtr", "oleju", "sr", "7", "2024", "it", "s", "3", "5"]
    assert words("x" * 300) == ["x" * 100]


def test_the_polish_alphabet_sorts_as_it_is_recited() -> None:
    letters = [letter for letter in ALPHABET if letter not in "qvx"]
    for small, large in pairwise(letters):
        assert sort_key(small) < sort_key(large)
        assert sort_key(small.upper()) < sort_key(large)
        assert sort_key(small + "z") < sort_key(large + "a")


def test_names_sort_as_in_a_polish_directory() -> None:
    names = [
        "Żak",
        "Zych",
        "Źrebak",
        "Łoś",
        "Lis",
        "lato",
        "Ćma",
        "Cynk",
        "Ącki",
        "Azor",
        "3M",
        "Öst",
        "Ośka",
        "Adam Nowak",
        "Adamska",
    ]
    assert sorted(names, key=sort_key) == [
        "3M", "Adam Nowak", "Adamska", "Azor", "Ącki", "Cynk", "Ćma", "lato", "Lis", "Łoś", "Öst", "Ośka", "Zych", "Źrebak", "Żak",
    ]  # fmt: skip


@given(st.text(max_size=20))
def test_case_and_composition_do_not_change_the_place(text: str) -> None:
    import unicodedata

    assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(unicodedata.normalize("NFC", text))


def test_an_address_is_unique_by_case_and_compatibility_but_not_by_accent() -> None:
    assert fold_email(" Żółw@Example.TEST ") == "żółw@example.test"
    assert fold_email("ａｄｍｉｎ@example.test") == "admin@example.test"
    assert fold_email("z\u0307@x.test") == fold_email("ż@x.test")
    assert fold_email("zolw@x.test") != fold_email("żółw@x.test")
    assert fold_email("a.b+c@x.test") == "a.b+c@x.test"


@given(st.emails())
def test_folding_an_address_twice_is_folding_it_once(address: str) -> None:
    assert fold_email(fold_email(address)) == fold_email(address)
