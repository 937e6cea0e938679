"""What the pages in docs/ promise about the checkout is so."""

import re
from pathlib import Path

from scripts.licences_page import npm_packages, python_packages

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_deployed_package_has_its_licence_listed() -> None:
    page = (ROOT / "docs/licences.md").read_text()
    for name, version, licence in [*python_packages(), *npm_packages()]:
        assert f"| {name} | {version} | " in page, f"{name} {version}: run python -m scripts.licences_page"
        assert licence != "see its source", name


def test_locks_name_no_registry_and_hash_everything() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pinned = re.findall(r"^[A-Za-z0-9_.\[\]-]+==.*(?:\n    .*)*", text, re.MULTILINE)
        assert pinned
        assert all("--hash=sha256:" in package for package in pinned)
    for name in ("web/ui/package-lock.json", "bench/node/package-lock.json"):
        text = (ROOT / name).read_text()
        assert '"resolved"' not in text
        assert '"integrity"' in text


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_example_environment_names_everything_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    given = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == given


def test_compose_sets_only_settings_that_exist() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    used = set(re.findall(r"^      ((?:CENTRALA_[A-Z_]+)|PORT):", (ROOT / "compose.yaml").read_text(), re.MULTILINE))
    used |= set(re.findall(r"\b(CENTRALA_[A-Z_]+)=", (ROOT / "Dockerfile").read_text()))
    assert used - {"CENTRALA_NAME"} <= documented
