"""The rules of the style sheets find what they are for, and nothing in sheets that keep them."""

from pathlib import Path

import pytest

from scripts.style_rules import style_faults

CARD = 'import classes from "./Card.module.css";\n\nexport const card = classes.card;\n'
SHEET = ".card {\n  color: var(--c-accent);\n}\n"
OTHER = 'import classes from "@/desk/Card.module.css";\n\nexport const card = classes.card;\n'
FOLDER = Path("web/ui/src/desk")


def faults_of(root: Path, files: dict[str, str]) -> list[str]:
    paths = [FOLDER / name for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return style_faults(paths, root)[0]


def test_a_component_with_its_own_sheet_is_kept(tmp_path: Path) -> None:
    tokens = ":root {\n  --c-accent: #7318b6;\n}\n"
    assert faults_of(tmp_path, {"Card.tsx": CARD, "Card.module.css": SHEET, "tokens.css": tokens}) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"Card.tsx": CARD, "Card.module.css": SHEET, "visit/Pane.tsx": OTHER}, "another folder's"),
        ({"Card.tsx": CARD, "Card.module.css": SHEET + "\n.old:hover {\n  top: 0;\n}\n"}, "nobody uses old"),
        ({"Card.tsx": CARD.replace("s.card", "s.title"), "Card.module.css": SHEET}, "has no class title"),
        ({"Card.tsx": CARD, "Card.module.css": SHEET.replace("var(--c-accent)", "#7318b6")}, "#7318b6; colours are in"),
        ({"Card.tsx": CARD, "Card.module.css": SHEET + "\n" * 300}, "303 lines"),
    ],
)
def test_what_breaks_a_rule_is_said(files: dict[str, str], said: str, tmp_path: Path) -> None:
    assert any(said in fault for fault in faults_of(tmp_path, files))
