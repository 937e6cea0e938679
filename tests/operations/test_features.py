"""A requirement counts as met only when a test that carries it ran and passed."""

from pathlib import Path

from scripts.features import proved, requirements

REPORT = """<testsuites><testsuite>
<testcase classname="tests.a" name="test_passed"><properties><property name="feature" value="CC-001"/></properties></testcase>
<testcase classname="tests.a" name="test_failed"><properties><property name="feature" value="CC-002"/></properties>
  <failure message="no"/></testcase>
<testcase classname="tests.a" name="test_skipped"><properties><property name="feature" value="CC-003"/></properties>
  <skipped message="no chromium"/></testcase>
<testcase classname="src/x.test.ts" name="plays the ring sound, feature CC-144, PBX-015"/>
<testcase classname="tests.a" name="test_without_a_feature"/>
</testsuite></testsuites>"""


def test_only_passed_tests_prove_a_row(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    tests = proved([report])
    assert set(tests) == {"CC-001", "CC-144", "PBX-015"}
    assert tests["CC-001"] == {"tests.a: test_passed"}


def test_every_row_of_the_page_is_read() -> None:
    rows = requirements()
    assert len(rows) == 369
    assert {feature.split("-")[0] for feature in rows} == {"WORK", "CC", "CONF", "PBX", "BEY"}
    assert all(rows.values())
