"""Settings are read from the environment and checked at start."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("CENTRALA_") or name == "PORT":
            monkeypatch.delenv(name)


def test_without_settings_it_listens_on_loopback_with_sqlite() -> None:
    settings = Settings()
    assert (settings.port, settings.host, settings.loopback_only) == (8080, "127.0.0.1", True)
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.secure_cookies is False
    assert settings.sqlalchemy_url == f"sqlite:///{Path('data/centrala.sqlite3').absolute()}"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT": "9000",
        "CENTRALA_HOST": "0.0.0.0",
        "CENTRALA_PUBLIC_URL": "https://talk.example.com/",
        "CENTRALA_TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1 ,",
        "CENTRALA_MEDIA_ADVERTISE": "203.0.113.5:3478,10.1.2.3",
        "CENTRALA_SMTP_URL": "",
        "CENTRALA_OPERATOR_KEY": "tajny-klucz-dla-operatora",
        "CENTRALA_RATE_SIGN_IN_BURST": "3",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.port, settings.loopback_only, settings.rate_sign_in_burst) == (9000, False, 3)
    assert settings.base_url == "https://talk.example.com"
    assert settings.secure_cookies is True
    assert settings.trusted_proxies == ["10.0.0.0/8", "127.0.0.1"]
    assert settings.media_advertise == ["203.0.113.5:3478", "10.1.2.3"]
    assert settings.operator_key.get_secret_value() == "tajny-klucz-dla-operatora" and "tajny" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "of_sqlalchemy"),
    [
        ("postgresql://a:b@h/n", "postgresql+asyncpg://a:b@h/n"),
        ("postgres://a:b@h/n", "postgresql+asyncpg://a:b@h/n"),
        ("postgresql+asyncpg://a@h/n", "postgresql+asyncpg://a@h/n"),
    ],
)
def test_any_postgresql_url_is_understood(monkeypatch: pytest.MonkeyPatch, url: str, of_sqlalchemy: str) -> None:
    monkeypatch.setenv("CENTRALA_DATABASE_URL", url)
    assert Settings().sqlalchemy_url == of_sqlalchemy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"), ("PORT", "eight"), ("CENTRALA_PUBLIC_URL", "talk.example.com"), ("CENTRALA_PUBLIC_URL", "ftp://x"),
        ("CENTRALA_PUBLIC_URL", "https://x/under/path"), ("CENTRALA_MEDIA_WORKERS", "-1"), ("CENTRALA_RING_S", "0"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_hashes_of_passwords_are_cheap_only_where_nobody_else_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().password_cost == "full"
    monkeypatch.setenv("CENTRALA_PASSWORD_COST", "cheap_for_tests")
    assert Settings().password_cost == "cheap_for_tests"
    for name, value in {
        "CENTRALA_HOST": "0.0.0.0", "CENTRALA_LAN": "1", "CENTRALA_PUBLIC_URL": "https://talk.example.com",
        "CENTRALA_PASSWORD_COST": "cheap",
    }.items():  # fmt: skip
        with monkeypatch.context() as changed:
            changed.setenv(name, value)
            with pytest.raises(ValidationError, match="password_cost"):
                Settings()


def test_an_ipv6_address_is_written_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENTRALA_HOST", "::1")
    settings = Settings()
    assert settings.base_url == "http://[::1]:8080" and settings.loopback_only


@pytest.mark.parametrize("name", ["CENTRALA_OPERATOR_KEY", "CENTRALA_METRICS_TOKEN"])
def test_a_key_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x" * 23)
    with pytest.raises(ValidationError, match="at least 24 letters"):
        Settings()
    monkeypatch.setenv(name, "x" * 24)
    Settings()
    monkeypatch.setenv(name, "")
    Settings()
