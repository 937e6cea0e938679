"""Rules of the style sheets that stylelint does not know: length, whose a module is, classes that nobody has or nobody uses."""

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SHEET_LINES = 300
TOKENS = "tokens.css"
_HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])")
_IMPORT = re.compile(r"import (\w+) from \"([^\"]+\.module\.css)\"")
_SELECTOR = re.compile(r"([^{};]+)\{")
_CLASS = re.compile(r"\.([A-Za-z]\w*)")


def _selected(sheet: str) -> set[str]:
    """Give the classes a sheet has rules for."""
    bare = re.sub(r"/\*.*?\*/|:global\([^)]*\)", "", sheet, flags=re.DOTALL)
    return {name for selector in _SELECTOR.findall(bare) for name in _CLASS.findall(selector)}


def style_faults(paths: Sequence[Path], root: Path = ROOT) -> tuple[list[str], str]:
    """Give what is wrong, and the numbers in a line. paths: tracked files, relative to root"""
    found: list[str] = []
    used: dict[Path, set[str]] = {}
    modules = {path for path in paths if path.name.endswith(".module.css")}
    for path in paths:
        if path.suffix not in (".ts", ".tsx") or path.parts[0] != "web":
            continue
        text = (root / path).read_text()
        for name, where in _IMPORT.findall(text):
            if not re.fullmatch(r"\./[^/]+", where):
                found.append(f"{path}: {where} is another folder's; what two folders need is a part in base/parts")
                continue
            sheet = path.parent / where[2:]
            classes = set(re.findall(rf"\b{name}\.(\w+)", re.sub(r'"[^"\n]*"', "", text)))
            used.setdefault(sheet, set()).update(classes)
            if sheet in modules and (strange := classes - _selected((root / sheet).read_text())):
                found.append(f"{path}: {sheet.name} has no class {', '.join(sorted(strange))}")
    long = hex_colours = 0
    for path in paths:
        if path.suffix != ".css":
            continue
        text = (root / path).read_text()
        lines = text.count("\n")
        if lines > LONGEST_SHEET_LINES:
            long += 1
            found.append(
                f"{path}: {lines} lines; a module is one component's or one folder's (limit {LONGEST_SHEET_LINES})"
            )
        if path.name != TOKENS and (colours := _HEX.findall(text)):
            hex_colours += len(colours)
            found.append(f"{path}: {', '.join(colours)}; colours are in {TOKENS}")
        if path in modules and (idle := _selected(text) - used.get(path, set())):
            found.append(f"{path}: nobody uses {', '.join(sorted(idle))}")
    numbers = f"css modules over {LONGEST_SHEET_LINES}: {long}; hex outside tokens: {hex_colours}"
    return found, numbers
