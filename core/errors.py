"""Refusals: what a person may not do or asked wrongly, as a stable code that each edge translates once."""

from typing import Any


class Refusal(Exception):
    """A request that is answered with no.

    code       "package.reason"; the sentence is the catalogue's `errors.<code>`
    status     HTTP status of the same meaning
    arguments  what the sentence needs, by name
    """

    status = 400

    def __init__(self, code: str, status: int | None = None, **arguments: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status if status is not None else type(self).status
        self.arguments = arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.code, self.status, self.arguments))


class Invalid(Refusal):
    """The input cannot be used as it is."""

    status = 422


class SignInRequired(Refusal):
    """Nobody is signed in, or the credential is not of a kind this door takes."""

    status = 401


class Forbidden(Refusal):
    """Somebody is signed in, but may not."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or not for this person."""

    status = 404


class Conflict(Refusal):
    """Somebody else was first, or the thing changed meanwhile."""

    status = 409


class Limited(Refusal):
    """Too many, too fast. `retry_after_s` says when it is worth trying again."""

    status = 429

    def __init__(self, code: str = "core.limited", *, retry_after_s: int, **arguments: Any) -> None:
        super().__init__(code, 429, retry_after_s=retry_after_s, **arguments)
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """The server cannot do it now."""

    status = 503


def _rebuild(kind: type[Refusal], code: str, status: int, arguments: dict[str, Any]) -> Refusal:
    error = kind.__new__(kind)
    Refusal.__init__(error, code, status, **arguments)
    if isinstance(error, Limited):
        error.retry_after_s = int(arguments.get("retry_after_s", 1))
    return error
