"""Every error code raised anywhere has a sentence in every language (`errors.<code>` of the catalogue)."""

import json
import re
import sys
from pathlib import Path

from core.catalogue import flatten
from core.languages import LANGUAGES
from scripts.house_rules import PACKAGES, ROOT

REFUSALS = ("Refusal", "Invalid", "SignInRequired", "Forbidden", "NotFound", "Conflict", "Limited", "Unavailable")
CODE = re.compile(rf"\b(?:{'|'.join(REFUSALS)})\(\s*\"([a-z_]+\.[a-z0-9_]+)\"")


def codes() -> dict[str, Path]:
    """Codes named where a refusal is made, each with a file that names it."""
    found: dict[str, Path] = {}
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if "node_modules" not in file.parts:
                found.update(dict.fromkeys(CODE.findall(file.read_text()), file.relative_to(ROOT)))
    return found


def main() -> int:
    faults: list[str] = []
    raised = codes()
    for language in LANGUAGES:
        path = ROOT / "web/locales" / language / "errors.json"
        sentences = flatten(json.loads(path.read_text())) if path.exists() else {}
        bases = {re.sub(r"_(one|few|many|other)$", "", key) for key in sentences} | set(sentences)
        faults += [f"{language}: no sentence for {code} ({raised[code]})" for code in sorted(raised.keys() - bases)]
    print("\n".join(faults) if faults else f"error codes: {len(raised)}, each with its sentences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
