"""What a guess at a password costs: OWASP's figures unless a test asked for less."""

import pytest

from accounts.passwords import Passwords
from core.settings import Settings


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CENTRALA_PASSWORD_COST", raising=False)


@pytest.mark.usefixtures("unset")
async def test_a_hash_costs_19_mib_and_two_passes_unless_something_else_was_asked() -> None:
    for passwords in (Passwords(), Passwords(Settings().password_cost)):
        stored = await passwords.hash("długie hasło 1")
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await passwords.matches("długie hasło 1", stored)
        assert not await passwords.matches("długie hasło 2", stored)
        assert passwords._nobody.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "a guess at nobody costs as much"
        passwords.close()


async def test_a_hash_says_itself_what_it_costs_to_check() -> None:
    full, cheap = Passwords(), Passwords("cheap_for_tests")
    assert await cheap.matches("hasło", await full.hash("hasło"))
    assert await full.matches("hasło", await cheap.hash("hasło"))
    full.close()
    cheap.close()
