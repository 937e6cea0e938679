"""Colours, variables of templates, the script in pages, and how far setting up has come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.colours import choose_text_colour, contrast_of, parse_colour
from desk.rules.embedding import build_snippet, find_snippet
from desk.rules.filling import unknown_variables
from desk.rules.progress import SetupFacts, list_setup, percent_done

KEY = "42d05368-1129-477b-b379-2495e239b8df"
OTHER = "11111111-1129-477b-b379-2495e239b8df"
PAGE = "<html><body><h1>Sklep</h1>{}</body></html>"


@pytest.mark.feature("CC-159")
@pytest.mark.parametrize(
    ("written", "colour"),
    [("#7318b6", "#7318b6"), (" #FFF000 ", "#fff000"), ("#fff", None), ("red", None), ("#7318b6ff", None), ("", None)],
)
def test_a_colour_is_six_hexadecimal_digits(written: str, colour: str | None) -> None:
    assert parse_colour(written) == colour


def test_contrast_is_that_of_wcag() -> None:
    assert contrast_of("#000000", "#ffffff") == contrast_of("#ffffff", "#000000") == 21.0
    assert contrast_of("#777777", "#ffffff") == 4.48
    assert contrast_of("#7318b6", "#ffffff") == 8.28
    assert (choose_text_colour("#7318b6"), choose_text_colour("#ffe066")) == ("#ffffff", "#000000")


@given(st.integers(0, 0xFFFFFF))
def test_on_every_colour_white_or_black_can_be_read(number: int) -> None:
    colour = f"#{number:06x}"
    assert contrast_of(colour, choose_text_colour(colour)) >= 4.5


@pytest.mark.feature("BEY-056")
def test_what_stands_in_braces_and_is_no_variable_is_named_once() -> None:
    assert unknown_variables("{{client}} {{klient}} {{ }} {{klient}}") == ["klient", ""]


@pytest.mark.feature("CC-013")
def test_the_script_has_the_form_the_manual_shows() -> None:
    script = build_snippet("https://talk.example.com", KEY)
    assert f'$.src = "https://talk.example.com/loader/{KEY}"' in script
    for part in ("$.async = 1", '$.setAttribute("charset", "utf-8")', "z._ = []; z.params = {}", "insertBefore($, e)"):
        assert part in script
    assert script.startswith('<script type="text/javascript">') and script.endswith("</script>")


@pytest.mark.feature("CC-157")
@pytest.mark.parametrize(
    ("page", "finding"),
    [
        (PAGE.format(build_snippet("https://talk.example.com", KEY)), "found"),
        (PAGE.format(build_snippet("https://TALK.example.com", KEY.upper())), "found"),
        (PAGE.format(f'<script async src="//talk.example.com/widget.js?key={KEY}"></script>'), "found"),
        (PAGE.format(f'<script src="https://talk.example.com/widget.js?v=2&amp;key={KEY}"></script>'), "found"),
        (PAGE.format(build_snippet("https://talk.example.com", OTHER)), "other_key"),
        (PAGE.format(build_snippet("https://evil-talk.example.com", KEY)), "missing"),
        (PAGE.format(build_snippet("https://other.example.com", KEY)), "missing"),
        (PAGE.format(f"<!-- {build_snippet('https://talk.example.com', KEY)} -->"), "missing"),
        (PAGE.format(f"<!-- never closed {build_snippet('https://talk.example.com', KEY)}"), "missing"),
        (PAGE.format("") + KEY, "missing"), ("", "missing"),
    ],
)  # fmt: skip
def test_the_script_is_found_where_it_works(page: str, finding: str) -> None:
    assert find_snippet(page, "talk.example.com", KEY) == finding


NOTHING = SetupFacts(False, 0, False, False, 0, 0, False, False, 0, False, 0, 0)
EVERYTHING = SetupFacts(True, 2, True, True, 2, 3, True, True, 1, True, 1, 1)


@pytest.mark.feature("CC-047", "CC-048", "CC-049")
def test_progress_counts_every_item_once() -> None:
    assert [item.key for item in list_setup(NOTHING)] == [
        "company", "agents", "logo", "chat", "chat_users", "chat_templates", "sms", "voice_out", "voice_out_users",
        "email", "email_users", "email_templates",
    ]  # fmt: skip
    assert percent_done(list_setup(NOTHING)) == 0
    assert percent_done(list_setup(EVERYTHING)) == 100
    with_mailboxes = SetupFacts(True, 2, True, True, 2, 3, True, True, 1, True, 1, 1, 1, 0)
    assert len(list_setup(with_mailboxes)) == 14
    assert [item.key for item in list_setup(with_mailboxes) if not item.done] == ["company_mailboxes"]
    assert percent_done(list_setup(with_mailboxes)) == 92


def test_nearly_done_is_not_done() -> None:
    for facts in (EVERYTHING, NOTHING):
        items = list_setup(facts)
        assert (percent_done(items) == 100) == all(item.done for item in items)
