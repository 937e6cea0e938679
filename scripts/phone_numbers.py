"""Put telephone numbers into the pool of a running server through the operator's door.

The file has a number in each line, after its kind: "gsm +48 607 777 777" or "tdm,+48225994493". Empty lines and
what follows # do not matter.
"""

import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_AT_ONCE = 1000
_KIND = re.compile(r"^(\w+)[\s,;]+(.*)$")


def read_lines(text: str) -> list[tuple[int, dict[str, str]]]:
    """Return kind and number of each line, with the line's place; what is wrong with them the server says."""
    found = []
    for place, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].strip()
        if bare:
            parts = _KIND.match(bare)
            kind, number = (parts[1].lower(), parts[2]) if parts else ("", bare)
            found.append((place, {"kind": kind, "number": number.strip()}))
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--file", required=True, type=Path)
    arguments.add_argument("--server", default=f"http://127.0.0.1:{os.environ.get('PORT', '8080')}")
    options = arguments.parse_args()
    key = os.environ.get("CENTRALA_OPERATOR_KEY", "")
    if not key or not options.file.is_file():
        print("CENTRALA_OPERATOR_KEY=... make phone-numbers FILE=numbers.txt")
        print('The key must be the one the server was started with; a line of the file reads "gsm +48 607 777 777".')
        return 2
    lines = read_lines(options.file.read_text(encoding="utf-8"))
    for first in range(0, len(lines), _AT_ONCE):
        part = lines[first : first + _AT_ONCE]
        request = urllib.request.Request(
            f"{options.server}/api/v1/phone-numbers",
            json.dumps({"numbers": [number for _, number in part]}).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept-Language": "en"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60):
                print(f"In the pool: lines {part[0][0]} to {part[-1][0]} ({len(part)} numbers)")
        except urllib.error.HTTPError as refusal:
            _explain(refusal.read().decode(errors="replace"), part)
            return 1
        except urllib.error.URLError as fault:
            print(f"No server at {options.server}: {fault.reason}")
            return 1
    return 0


def _explain(answer: str, part: list[tuple[int, dict[str, str]]]) -> None:
    try:
        problem: dict[str, Any] = json.loads(answer)
    except ValueError:
        print(f"The server refused: {answer}")
        return
    print(f"The server refused: {problem.get('detail', answer)}")
    for fault in problem.get("errors", []):
        place = re.match(r"numbers\.(\d+)", fault["path"])
        where = f"line {part[int(place[1])][0]}" if place else fault["path"]
        print(f"  {where}: {fault['message']}")


if __name__ == "__main__":
    sys.exit(main())
