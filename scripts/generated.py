"""Write the generated files, or with --check tell which are stale.

docs/settings.md and docs/protocol.md come from the models. In web/ui/src/protocol/generated, schema.d.ts comes from the
schemas of all that the routes and the socket send and take, by openapi-typescript, and languages.ts from core/languages.py.
"""

import difflib
import json
import shlex
import subprocess
import sys
from pathlib import Path

from core import languages, settings
from scripts import protocol_page, settings_page
from server import payloads
from server.description import described_routes
from web.openapi import describe_schemas

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "web/ui"
GENERATED = UI / "src/protocol/generated"


def typescript() -> str:
    """Run the front end's own `types` command, from a description to its types."""
    program, *arguments = shlex.split(json.loads((UI / "package.json").read_text())["scripts"]["types"])
    description = json.dumps(
        describe_schemas(described_routes(), payloads.socket_models()), ensure_ascii=False, sort_keys=True
    )
    command = [str(UI / "node_modules/.bin" / program), *arguments]
    return subprocess.run(command, input=description, check=True, stdout=subprocess.PIPE, text=True, cwd=UI).stdout


def languages_in_typescript() -> str:
    return f"""/** The languages that everything is written in: made from core/languages.py by `make generate`. */
export const LANGUAGES = {json.dumps(languages.LANGUAGES)} as const;
export type Language = (typeof LANGUAGES)[number];
export const DEFAULT_LANGUAGE: Language = "{languages.DEFAULT_LANGUAGE}";
/** What a page speaks to somebody whose browser asks for none of them. */
export const FALLBACK_LANGUAGE: Language = "{languages.FALLBACK_LANGUAGE}";
"""


def texts() -> dict[Path, str]:
    return {
        ROOT / "docs/settings.md": settings_page.page(settings.Settings, Path(settings.__file__).read_text()),
        ROOT / "docs/protocol.md": protocol_page.page(
            payloads.COMMANDS, payloads.STORED_EVENTS, payloads.EPHEMERAL_EVENTS
        ),
        GENERATED / "schema.d.ts": typescript(),
        GENERATED / "languages.ts": languages_in_typescript(),
    }


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = False
    for path, text in texts().items():
        present = path.read_text() if path.exists() else ""
        if present == text:
            continue
        if check:
            stale = True
            name = str(path.relative_to(ROOT))
            print(f"{name} is stale: run `make generate`")
            difference = difflib.unified_diff(
                present.splitlines(), text.splitlines(), name, "generated", lineterm="", n=0
            )
            print("\n".join(list(difference)[:12]))
        else:
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")
    if check and not stale:
        print("generated files: fresh")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
