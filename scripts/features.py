"""Count the rows of docs/features.md that a test which ran and passed carries.

A Python test carries an id by `@pytest.mark.feature("CC-074")`, a front-end test by `feature CC-074` in its name; both
are read from the junit files in reports/, so a test that was skipped, failed or never ran proves nothing.
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| ([A-Z]+-\d{3})\b[^|]*\|([^|]*)\|(.*)\|\s*$")
NAMED = re.compile(r"feature ((?:[A-Z]+-\d{3}[ ,]*)+)")


def requirements() -> dict[str, str]:
    """Every row's id and what it asks for, in the page's order."""
    rows: dict[str, str] = {}
    for line in (ROOT / "docs/features.md").read_text().splitlines():
        if match := ROW.match(line):
            rows[match[1]] = match[3].strip()
    return rows


def proved(reports: list[Path]) -> dict[str, set[str]]:
    """Ids carried by passed tests, each with the names of these tests."""
    tests: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            if any(case.find(fault) is not None for fault in ("failure", "error", "skipped")):
                continue
            name = f"{case.get('classname', '')}: {case.get('name', '')}"
            for given in case.iter("property"):
                if given.get("name") == "feature":
                    tests[given.get("value", "")].add(name)
            for named in NAMED.findall(name):
                for feature in re.findall(r"[A-Z]+-\d{3}", named):
                    tests[feature].add(name)
    return tests


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--brief", action="store_true", help="the counts only")
    arguments.add_argument("--missing", action="store_true", help="list what is not proved instead")
    options = arguments.parse_args()

    rows = requirements()
    reports = sorted((ROOT / "reports").glob("*.xml"))
    tests = proved(reports)
    if not reports:
        print("No junit files in reports/: run `make test` first.")
    if unknown := sorted(set(tests) - set(rows)):
        print(f"Tests carry ids that docs/features.md does not have: {', '.join(unknown)}")

    families: dict[str, list[str]] = defaultdict(list)
    for feature in rows:
        families[feature.split("-")[0]].append(feature)
    if not options.brief:
        for feature, text in rows.items():
            if (feature in tests) != options.missing:
                print(f"{feature}  {text[:100]}")
                for name in sorted(tests.get(feature, ())):
                    print(f"          {name}")
    for family, features in families.items():
        print(f"{family:5} {sum(feature in tests for feature in features):4} of {len(features)}")
    print(f"{'all':5} {sum(feature in tests for feature in rows):4} of {len(rows)}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
