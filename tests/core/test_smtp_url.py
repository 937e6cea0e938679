"""What the URL of the SMTP server says, and which ones contradict themselves."""

import os
import subprocess

import pytest

from core.smtp_url import parse_smtp_url
from tests.support.server import COMMAND, ROOT


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mail.example.test", "must look like"),
        ("http://x", "must look like"),
        ("smtp://", "must look like"),
        ("smtp://u:p@mail.example.test/path", "must look like"),
        ("smtp://u@mail.example.test", "user and a password"),
        ("smtp://:p@mail.example.test", "user and a password"),
        ("smtp://mail.example.test?tls=1", "does not know tls"),
        ("smtp://mail.example.test?starttls=yes", "always, auto or never"),
        ("smtps://u:p@mail.example.test?starttls=always", "TLS from the start"),
        ("smtp://u:p@mail.example.test?starttls=auto", "starttls=always"),
        ("smtp://u:p@mail.example.test?starttls=never", "this machine alone"),
        ("smtp://u:p@127.example.test?starttls=never", "this machine alone"),
    ],
)
def test_an_smtp_address_that_cannot_be_is_refused_at_the_start(url: str, why: str) -> None:
    environment = {"PATH": os.environ["PATH"], "CENTRALA_SMTP_URL": url, "CENTRALA_DATA_DIR": "/nonexistent/data"}
    if url.startswith("smtp://u:p@mail.example.test?starttls=never"):
        finished = subprocess.run(COMMAND, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert finished.returncode == 2 and "Traceback" not in finished.stderr
        assert finished.stderr.startswith("CENTRALA_SMTP_URL: ") and why in finished.stderr
        assert len(finished.stderr.splitlines()) == 1
    with pytest.raises(ValueError, match=why):
        parse_smtp_url(url)


@pytest.mark.parametrize(
    ("url", "start_tls", "port"),
    [
        ("smtp://mail.example.test", "auto", 587),
        ("smtp://mail.example.test:25?starttls=never", "never", 25),
        ("smtp://mail.example.test?starttls=always", "always", 587),
        ("smtp://u:p@mail.example.test", "always", 587),
        ("smtp://u:p%40@localhost:2525?starttls=never", "never", 2525),
        ("smtp://u:p@[::1]?starttls=never", "never", 587),
        ("smtps://u:p@mail.example.test", "always", 465),
    ],
)
def test_what_an_smtp_address_says(url: str, start_tls: str, port: int) -> None:
    server = parse_smtp_url(url)
    assert (server.start_tls, server.port, server.tls) == (start_tls, port, url.startswith("smtps"))
    if "%40" in url:
        assert server.password == "p@"
