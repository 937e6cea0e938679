"""Whoever watches /metrics finds every reason for a drop explained, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# One row of the table may explain several.
ROW = re.compile(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|.*\|.*\|$", re.MULTILINE)


def test_every_reason_for_a_drop_is_explained() -> None:
    named = {
        reason
        for file in (ROOT / "rtc").rglob("*.py")
        for reason in re.findall(r"\"drop\.([a-z_]+)\"", file.read_text(encoding="utf-8"))
    }
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8").partition("## Why a datagram is dropped")[2]
    explained = [reason for row in ROW.findall(page) for reason in re.findall(r"`([a-z_]+)`", row)]
    assert len(named) > 25 and sorted(explained) == sorted(named)
