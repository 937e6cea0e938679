#!/usr/bin/env bash
# The Python tests in three turns. First those without calls: they wait more than they work, so one process more than the
# checks' machine has processors. Then calls between pages, two at a time. Last what measures media in real time, one by one
# with the machine to itself, because media is late when anything else is busy. What failed is tried once more, alone, up to
# the first that fails again; every run is in the output, so that an unsteady test is seen.
# Arguments: how many processes in the first turn, then what pytest gets.
set -uo pipefail
processes=$1
shift
failed=0

run() {
  .venv/bin/python -m pytest "$@"
  local code=$?
  # 1: tests failed; 5: none were chosen, which a narrowed run may well have.
  [[ $code -eq 0 || $code -eq 1 || $code -eq 5 ]] || exit "$code"
  [[ $code -eq 1 ]] && failed=1
  return 0
}

rm -f reports/pytest*.xml
run -m "not slow and not calls and not alone" -n "$processes" --dist loadfile --durations 40 --junit-xml=reports/pytest.xml "$@"
run -m "not slow and calls and not alone" -n 2 --dist loadfile --durations 20 --junit-xml=reports/pytest-calls.xml "$@"
run -m "not slow and alone" --durations 20 --junit-xml=reports/pytest-alone.xml "$@"
[[ $failed -eq 0 ]] && exit 0
echo "Once more, alone, what failed above"
failed=0
run -m "not slow" -x --last-failed --last-failed-no-failures none --junit-xml=reports/pytest-again.xml "$@"
exit "$failed"
