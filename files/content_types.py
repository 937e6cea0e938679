"""What a file is, by its bytes and never by what its sender says (signatures: puremagic).

The name decides only between types that share a signature, as a plain archive and a document that is one do.
"""

from pathlib import Path

import puremagic

from storage.conversations.files import FileView

UNKNOWN = "application/octet-stream"
_HEAD_BYTES = 8192
_ALIASES = {
    "image/x-ms-bmp": "image/bmp",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "application/x-matroska": "video/x-matroska",
    "application/x-pdf": "application/pdf",
}
# How a page may show it. Whether a picture really is one, decoding it decides.
_VIEWS: dict[str, FileView] = {
    **dict.fromkeys(("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/avif"), "picture"),
    **dict.fromkeys(
        ("audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/aac", "audio/mp4", "audio/webm"), "audio"
    ),
    **dict.fromkeys(("video/mp4", "video/webm", "video/ogg", "video/quicktime"), "video"),
    "application/pdf": "pdf",
}
_MORE_PICTURES = frozenset({"image/tiff", "image/heic", "image/heif"})
# What is sent under its own type: nothing a browser could run. Everything else is sent as bytes.
_HARMLESS = (
    frozenset(_VIEWS)
    | _MORE_PICTURES
    | frozenset(
        {
            "text/plain", "text/csv", "application/zip", "application/gzip", "application/x-7z-compressed", "application/rtf",
            "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.presentation", "video/x-matroska", "video/x-msvideo",
        }
    )
)  # fmt: skip


def find_content_type(path: Path, name: str) -> str:
    """Return the media type of a file's content; text without a signature is text/plain.

    name  under which it is shown; it only chooses among types whose signature the content has
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        return UNKNOWN
    try:
        found = [
            (one.extension.lower(), _ALIASES.get(one.mime_type, one.mime_type)) for one in puremagic.magic_file(path)
        ]
    except (puremagic.PureError, ValueError):
        found = []
    suffix = Path(name).suffix.lower()
    mark = head[4:12]
    if head.startswith((b"RIFF", b"\x1aE\xdf\xa3", b"OggS")) or mark[:4] == b"ftyp":
        # Containers: what is in them, their own words say better than a list of signatures.
        return _in_container(head, [kind for _, kind in found])
    if head.startswith(b"PK\x03\x04") and suffix not in {extension for extension, _ in found}:
        return "application/zip"
    named = [kind for extension, kind in found if kind and extension == suffix]
    kinds = named or [kind for _, kind in found if kind]
    if kinds:
        return str(kinds[0])
    return "text/plain" if _is_text(head) else UNKNOWN


def view_of(content_type: str) -> FileView:
    """Return how a page may show a type: picture, audio, video, pdf or none."""
    return _VIEWS.get(content_type, "none")


def is_picture(content_type: str) -> bool:
    """Tell whether a small picture can be made of it, and whether it may say where it was taken."""
    return view_of(content_type) == "picture" or content_type in _MORE_PICTURES


def served_type(content_type: str) -> str:
    """Return the type a file is sent under.

    >>> served_type("image/png"), served_type("text/html"), served_type("image/svg+xml")
    ('image/png', 'application/octet-stream', 'application/octet-stream')
    """
    return content_type if content_type in _HARMLESS else UNKNOWN


def _in_container(head: bytes, kinds: list[str]) -> str:
    brand = head[8:12]
    if head.startswith(b"RIFF"):
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}.get(brand, UNKNOWN)
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:512] else "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if brand in (b"avif", b"avis"):
        return "image/avif"
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "image/heic"
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    if brand == b"qt  ":
        return "video/quicktime"
    return "video/mp4" if "video/mp4" in kinds or brand[:3] in (b"iso", b"mp4", b"avc") or brand == b"M4V " else UNKNOWN


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3
    return True
