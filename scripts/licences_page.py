"""docs/licences.md, made from the locks and what the installed packages say of themselves."""

import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")
# What the package's own files say where its metadata is silent or old-fashioned, or where it is not installed here.
KNOWN = {
    "khroma": "MIT",
    "fuzzy": "MIT",  # in the old form of package.json, which lock files leave out
    "async-timeout": "Apache-2.0",
    "combine-errors": "MIT",
    "aiohappyeyeballs": "PSF-2.0",
    "aiosignal": "Apache-2.0",
    "pyopenssl": "Apache-2.0",
    "simple-websocket": "MIT",
    "uvloop": "Apache-2.0 OR MIT",
    "xmlhttprequest-ssl": "MIT",
}
HEAD = """# Licences

Centrala itself is under the MIT licence (LICENSE). This page lists what it runs with, from the locked versions and from
what each package says of itself (`python -m scripts.licences_page` writes it anew). Nothing is fetched from a third
party at run time.

## Worth knowing

- **PyAV (`av`)** is BSD, but its wheel brings FFmpeg, which reports itself as LGPL version 3 or later, together with
  libx264 and libx265, which FFmpeg there is linked with and which are **GPL-2.0 or later**. The server never encodes or
  decodes H.264 or H.265: video is forwarded as it came. (A test uses the encoder to play a foreign publisher.) Whoever
  redistributes an image with the wheel in it distributes these libraries under their terms; a build of PyAV against an
  FFmpeg without them works as well.
- **bidict**, **orjson** (in part) are MPL-2.0: file-level copyleft, used unchanged.
- **pylibsrtp** brings libsrtp (BSD-3-Clause) and, like **cryptography**, OpenSSL (Apache-2.0).
- **DejaVu Sans** in the guides that the server makes as PDF, and in the names on composed recordings, is a part of the
  fonts of that name, under the licence in `desk/widget/guides/fonts/LICENSE` and `rtc/composing/fonts/LICENSE` (Bitstream Vera's;
  the changes are in the public domain).
- **Figtree**, the interface's typeface, is under the SIL Open Font License 1.1.
- **Janus** (GPL-3.0) comes from Debian with `make bench` and runs as a process of its own to be compared with. It is
  never linked, shipped or needed to run Centrala.
- Development tools (tests, lints, bundler) are not part of what is deployed and are not listed.
"""


def python_packages() -> list[tuple[str, str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if not (match := LOCKED.match(line)):
            continue
        name, version = match[1], match[2]
        try:
            installed = metadata.metadata(name)
            said = (installed["License-Expression"] or installed["License"] or "").split("\n")[0].strip()
        except metadata.PackageNotFoundError:
            said = ""
        licence = KNOWN.get(name, said) or "see its source"
        # Several versions of one name are for different Python versions.
        versions = f"{found[name][0]}, {version}" if name in found else version
        found[name] = (versions, licence)
    return [(name, *rest) for name, rest in sorted(found.items())]


def npm_packages() -> list[tuple[str, str, str]]:
    packages = json.loads((ROOT / "web/ui/package-lock.json").read_text())["packages"]
    found = set()
    for path, package in packages.items():
        if path and not package.get("dev") and not package.get("devOptional"):
            name = path.rpartition("node_modules/")[2]
            found.add((name, package["version"], package.get("license") or KNOWN.get(name, "see its source")))
    return sorted(found)


def page() -> str:
    lines = [HEAD]
    for title, packages in (("Server", python_packages()), ("Browser", npm_packages())):
        lines += [f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
        lines += [f"| {name} | {version} | {licence} |" for name, version, licence in packages]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    (ROOT / "docs/licences.md").write_text(page())
    sys.exit(0)
