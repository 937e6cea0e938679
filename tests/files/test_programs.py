"""Which files strangers may not send: by their names, and by their bytes when the name says otherwise."""

import pytest

from files.programs import is_program, is_program_name


@pytest.mark.parametrize(
    "name", ["a.exe", "A.EXE", "faktura.pdf.exe", "a.exe.", "a.exe ", "skrypt.sh", "gra.apk", "x.lnk"]
)
def test_names_a_computer_would_run_are_told(name: str) -> None:
    assert is_program_name(name)


@pytest.mark.parametrize(
    "name", ["umowa.pdf", "zdjęcie.jpg", "exe", ".exe/umowa.pdf", "arkusz.xlsx", "a.zip", "", "notatka.md"]
)
def test_names_of_documents_and_pictures_are_none(name: str) -> None:
    assert not is_program_name(name)


@pytest.mark.parametrize(
    ("head", "program"),
    [
        (b"MZ\x90\x00\x03" + bytes(59), True),
        (b"\x7fELF\x02\x01\x01", True),
        (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01", True),
        (b"#!/bin/sh\nrm -rf /", True),
        (b"MZ" + b" znaczy Markus Zbikowski, a to jest tylko list o nim. " * 3, False),
        (b"%PDF-1.7\n", False),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"PK\x03\x04", False),
        (b"", False),
    ],
)  # fmt: skip
def test_bytes_of_programs_are_told_whatever_the_name(head: bytes, *, program: bool) -> None:
    assert is_program(head) is program
