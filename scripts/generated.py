"""Write the generated files, or with --check tell which are stale.

docs/settings.md and docs/protocol.md come from the models; web/ui/openapi.json from the route table, and from it
web/ui/src/protocol/generated/schema.d.ts by openapi-typescript.
"""

import difflib
import importlib
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from core import settings
from scripts import protocol_page, settings_page
from server import payloads

ROOT = Path(__file__).resolve().parent.parent
OPENAPI = ROOT / "web/ui/openapi.json"
TYPES = ROOT / "web/ui/src/protocol/generated/schema.d.ts"


def openapi() -> str:
    build = importlib.import_module("server.description").build_openapi
    return json.dumps(build(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def typescript(openapi_text: str) -> str:
    """Run the front end's own `types` command on a description, into a temporary folder."""
    command = shlex.split(json.loads((ROOT / "web/ui/package.json").read_text())["scripts"]["types"])
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_text(openapi_text)
        places = {"openapi.json": str(source), "src/protocol/generated/schema.d.ts": str(made)}
        program = str(ROOT / "web/ui/node_modules/.bin" / command[0])
        arguments = [places.get(part, part) for part in command[1:]]
        subprocess.run([program, *arguments], check=True, capture_output=True, cwd=ROOT / "web/ui")
        return made.read_text()


def texts() -> dict[Path, str]:
    made = {
        ROOT / "docs/settings.md": settings_page.page(settings.Settings, Path(settings.__file__).read_text()),
        ROOT / "docs/protocol.md": protocol_page.page(
            payloads.COMMANDS, payloads.STORED_EVENTS, payloads.EPHEMERAL_EVENTS
        ),
    }
    if (ROOT / "web/openapi.py").exists():
        made[OPENAPI] = openapi()
        made[TYPES] = typescript(made[OPENAPI])
    return made


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
