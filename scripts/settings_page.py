"""docs/settings.md, made from core.settings.Settings."""

import re
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

HEAD = """# Settings

Every setting is an environment variable, read once at start. A wrong value stops the start with a sentence that names it.
Lists are written with commas. An empty value counts as not set. This page is generated from `core/settings.py` (`make generate`).
"""


def _kind(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _kind(next(part for part in typing.get_args(annotation) if part is not type(None)))
    if origin is typing.Literal:
        return " or ".join(str(value) for value in typing.get_args(annotation))
    if origin in (list, tuple, set, frozenset):
        return "list"
    names = {bool: "yes/no", int: "whole number", float: "number", str: "text", Path: "path", SecretStr: "secret"}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(str(member.value) for member in annotation)
    return names.get(annotation, "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return "`1`" if value else "`0`"
    if isinstance(value, (list, tuple, set, frozenset)):
        value = ",".join(str(part) for part in value)
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return f"`{value}`" if value not in (None, "") else ""


def _sections(source: str) -> dict[str, str]:
    """Field name -> the comment line that heads its part of the class."""
    heading, found = "Settings", {}
    for line in source.splitlines():
        if match := re.match(r"    # (.+)", line):
            heading = match[1]
        elif match := re.match(r"    ([a-z_]+): ", line):
            found[match[1]] = heading
    return found


def page(settings: Any, source: str) -> str:
    """Give the page's text for a pydantic-settings class and its source file's text."""
    prefix = settings.model_config.get("env_prefix", "")
    sections = _sections(source)
    lines, section = [HEAD], ""
    for name, field in settings.model_fields.items():
        if sections.get(name, section) != section:
            section = sections[name]
            lines.append(f"## {section}\n\n| variable | kind | default | what it does |\n|---|---|---|---|")
        alias = field.validation_alias
        variable = alias if isinstance(alias, str) else f"{prefix}{name}".upper()
        description = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{variable}` | {_kind(field.annotation)} | {_default(field)} | {description} |")
    text = "\n".join(lines) + "\n"
    return re.sub(r"\n(## )", r"\n\n\1", text).replace("\n\n\n", "\n\n")
