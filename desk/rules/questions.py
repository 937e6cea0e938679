"""What a visitor is asked before the first message goes out (CC-219)."""

from typing import Literal

Consent = Literal["", "yes", "no"]
Question = Literal["none", "consent", "data", "required"]


def next_question(*, ask: bool, require: bool, consent: Consent, given: bool) -> Question:
    """Return what the visitor is asked next; "none": the message goes out.

    ask, require   the channel's two switches; without `ask` nothing is ever asked
    consent        what was answered to "may we ask you two questions"
    given          name and e-mail are known
    returns        consent: the two buttons; data: name and e-mail; required: it says that no chat begins without them
    """
    if not ask or given:
        return "none"
    if consent == "":
        return "consent"
    if consent == "yes":
        return "data"
    return "required" if require else "none"
