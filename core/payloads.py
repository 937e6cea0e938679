"""What every body, answer and event is made of: the two bases, and the forms of text and numbers that all share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from core.folding import fold_email

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Version = Annotated[int, Field(ge=1, le=1 << 53)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


def _check_email(value: str) -> str:
    folded = fold_email(value)
    local, at, domain = folded.partition("@")
    if (
        not at
        or not local
        or not domain
        or "@" in domain
        or len(folded) > 254
        or any(c.isspace() or c < " " for c in folded)
    ):
        raise PydanticCustomError("email", "not an e-mail address")
    return value.strip()


Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_check_email)]


class Body(BaseModel):
    """A request's body: unknown fields are refused, so that a typing error is not lost."""

    model_config = ConfigDict(extra="forbid", str_max_length=100_000)


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


# What a socket's commands are called, with what each takes and what its ack carries; and events by name.
CommandTable = dict[str, tuple[type[Body], type[View] | None]]
EventTable = dict[str, type[View]]
