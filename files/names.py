"""What an uploaded file may be called: one plain name that is harmless on every system it is saved to."""

import re
import unicodedata

FALLBACK = "file"
_MAX_BYTES = 200
_MAX_SUFFIX = 16
# Control characters, and those that turn or hide text: a name shall read as it is ("exe.gpj" turned round is ".jpg").
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def clean_name(name: str) -> str:
    r"""Return the last part of a name, without what a file system or a reader could be fooled by.

    At most 200 bytes of UTF-8; a long name is cut before its suffix.

    >>> clean_name("../../etc/passwd"), clean_name("C:\\Temp\\umowa.pdf"), clean_name("zdj\u202egpj.exe")
    ('passwd', 'umowa.pdf', 'zdjgpj.exe')
    >>> clean_name(".."), clean_name("CON.txt"), clean_name(" .ukryty. ")
    ('file', '_CON.txt', 'ukryty')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _FORBIDDEN.sub("_", _HIDDEN.sub("", last))
    plain = " ".join(plain.split()).strip(". ")
    if not plain:
        return FALLBACK
    if _DEVICES.match(plain):
        plain = f"_{plain}"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > _MAX_SUFFIX or " " in suffix:
        stem, ending = plain, ""
    else:
        ending = f".{suffix}"
    room = _MAX_BYTES - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + ending
