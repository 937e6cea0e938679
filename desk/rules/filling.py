"""Variables of templates: {{client}} and the like, put in when an agent takes the template."""

import re
from collections.abc import Mapping

# In the order the settings list them.
VARIABLES = ("client", "agent", "company", "project", "date")
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def unknown_variables(text: str) -> list[str]:
    """Return what stands in double braces and is no variable, each once.

    >>> unknown_variables("Dzień dobry {{client}}, tu {{agnet}}")
    ['agnet']
    """
    found = [match[1] for match in _VARIABLE.finditer(text)]
    return [name for name in dict.fromkeys(found) if name not in VARIABLES]


def fill_template(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of variables; one without a value goes, with the space before it.

    >>> fill_template("Dzień dobry {{client}}, tu {{ agent }}.", {"agent": "Ewa"})
    'Dzień dobry, tu Ewa.'
    """
    return re.sub(r" ?\{\{\s*([^{}]*?)\s*\}\}", lambda match: _value(match, values), text)


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    value = values.get(match[1], "")
    return (" " if match[0].startswith(" ") else "") + value if value else ""
