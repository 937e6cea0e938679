"""What a computer would run when somebody opens it: strangers from a website may not send such files."""

from pathlib import PurePath

# What Windows, macOS, Linux or Android run, install or hand to an interpreter at a double click.
_SUFFIXES = (
    ".apk", ".app", ".appimage", ".bat", ".chm", ".cmd", ".com", ".cpl", ".deb", ".dll", ".dmg", ".exe", ".hta", ".iso", ".jar",
    ".js", ".jse", ".lnk", ".msc", ".msi", ".msix", ".msp", ".pif", ".pkg", ".ps1", ".reg", ".rpm", ".run", ".scf", ".scr",
    ".sh", ".sys", ".url", ".vb", ".vbe", ".vbs", ".vhd", ".wsf", ".wsh", ".xll",
)  # fmt: skip
_ELF = b"\x7fELF"
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
HEAD_BYTES = 512


def is_program_name(name: str) -> bool:
    """Tell whether a computer would run a file of this name.

    >>> is_program_name("faktura.pdf.EXE"), is_program_name("umowa.pdf")
    (True, False)
    """
    return PurePath(name.rstrip(". ")).suffix.lower() in _SUFFIXES


def is_program(head: bytes) -> bool:
    """Tell a program by the first HEAD_BYTES of it, whatever its name says.

    >>> is_program(b"\\x7fELF\\x02\\x01\\x01"), is_program(b"MZ to nie program")
    (True, False)
    """
    if head.startswith((_ELF, *_MACH_O, b"#!")):
        return True
    # Windows: "MZ", and at byte 60 where the newer header is; a text may begin with the same two letters.
    return head.startswith(b"MZ") and len(head) >= 64 and 0 in head[:64]
