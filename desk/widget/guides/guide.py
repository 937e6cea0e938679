"""One guide: title, steps and the script, worded by the catalogue, on pages with an embedded font (ReportLab, PDF 1.4)."""

import asyncio
import html
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import ListFlowable, Paragraph, Preformatted, SimpleDocTemplate, Spacer

from accounts.rights import Actor, demand
from core.catalogue import Catalogue
from core.errors import NotFound
from core.settings import Settings
from desk.rules.embedding import build_snippet, build_tag
from desk.widget.widgets import widget_of
from storage.engine.database import Database

SYSTEMS = ("wordpress", "shopify", "joomla", "html")
_FONTS = Path(__file__).parent / "fonts"
_INK, _QUIET, _ACCENT, _PAPER = HexColor("#1a2233"), HexColor("#5a6478"), HexColor("#7318b6"), HexColor("#f2f3f7")


class Guides:
    """Makes guides, for administrators."""

    def __init__(self, settings: Settings, database: Database, catalogue: Catalogue) -> None:
        self._base_url = settings.base_url
        self._database = database
        self._catalogue = catalogue

    async def make(self, actor: Actor, project_id: str, system: str) -> bytes:
        """Return the guide for a system with a project's script in it, as PDF; raises NotFound."""
        demand(actor, "desk.configure")
        if system not in SYSTEMS:
            raise NotFound("desk.guide_not_found")
        widget = await self._database.read(lambda tx: widget_of(tx, actor.organisation_id, project_id))
        snippet, tag = build_snippet(self._base_url, widget.key), build_tag(self._base_url, widget.key)
        return await asyncio.to_thread(build_guide, self._catalogue, actor.language, system, snippet, tag)


def build_guide(catalogue: Catalogue, language: str, system: str, snippet: str, tag: str) -> bytes:
    """Return a guide as PDF, the same bytes for the same input. tag: the script for pages with a strict policy."""
    _register_fonts()

    def say(key: str) -> str:
        return html.escape(catalogue.say(language, f"guides.{key}"), quote=False)

    styles = _styles()
    steps: list[Any] = []
    while catalogue.has(language, key := f"guides.{system}.step{len(steps) + 1}"):
        steps.append(Paragraph(say(key.removeprefix("guides.")), styles["text"]))
    title = f"{catalogue.say(language, 'guides.title')}: {catalogue.say(language, f'guides.{system}.name')}"
    story: list[Any] = [
        Paragraph(html.escape(title, quote=False), styles["title"]),
        Paragraph(say(f"{system}.intro"), styles["text"]),
        Spacer(1, 4 * mm),
        Paragraph(say("script"), styles["heading"]),
        Preformatted(snippet, styles["code"], maxLineLength=88, newLineChars=""),
        Spacer(1, 4 * mm),
        Paragraph(say("steps"), styles["heading"]),
        ListFlowable(steps, bulletFontName="DejaVu", bulletFontSize=10, bulletColor=_ACCENT, leftIndent=7 * mm),
        Spacer(1, 4 * mm),
        Paragraph(say("check"), styles["heading"]),
        Paragraph(say("check_text"), styles["text"]),
        Spacer(1, 3 * mm),
        Paragraph(say("csp"), styles["quiet"]),
        Preformatted(tag, styles["code"], maxLineLength=88, newLineChars=""),
    ]
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=22 * mm,
        bottomMargin=20 * mm,
        title=title,
        author="Centrala",
        lang=language,
        invariant=1,
    )
    document.build(story)
    return target.getvalue()


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    for name, file in (("DejaVu", "DejaVuSans"), ("DejaVu-Bold", "DejaVuSans-Bold"), ("DejaVu-Mono", "DejaVuSansMono")):
        pdfmetrics.registerFont(TTFont(name, _FONTS / f"{file}.ttf"))


def _styles() -> dict[str, ParagraphStyle]:
    text = ParagraphStyle("text", fontName="DejaVu", fontSize=10, leading=15, textColor=_INK, spaceAfter=4)
    return {
        "text": text,
        "title": ParagraphStyle("title", text, fontName="DejaVu-Bold", fontSize=18, leading=24, spaceAfter=10),
        "heading": ParagraphStyle("heading", text, fontName="DejaVu-Bold", fontSize=11.5, leading=17, spaceBefore=4),
        "code": ParagraphStyle(
            "code", text, fontName="DejaVu-Mono", fontSize=7.6, leading=11, backColor=_PAPER, borderPadding=6,
            spaceBefore=6, spaceAfter=8,
        ),
        "quiet": ParagraphStyle("quiet", text, fontSize=8.5, leading=13, textColor=_QUIET),
    }  # fmt: skip
