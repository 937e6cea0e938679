"""Variables of templates: {{client}} and the like; the page puts them in when an agent takes the template."""

import re

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
