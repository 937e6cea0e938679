"""How much a browser must fetch before it shows something, against a budget (gzip, as proxies send it)."""

import gzip
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "web/ui/dist"
WIDGET = ROOT / "web/widget/dist"
REFERENCED = re.compile(r"(?:src|href)=\"/(assets/[^\"]+\.(?:js|css))\"")
BUDGETS_BYTES = {"js": 300_000, "css": 60_000}
LARGEST_CHUNK_BYTES = 400_000
FETCHED = (".js", ".mjs", ".wasm", ".tflite")
# Chunks that only some people ever fetch, by the beginning of their names.
LATER_BYTES = {
    "Viewer": 8_000,
    "PdfView": 180_000,
    "pdf.worker.min": 400_000,
    "UploadDialog": 8_000,
    "sending": 20_000,
    "BoardPage": 10_000,
    "BoardView": 20_000,
    "Frozen": 6_000,
    "noise": 4_000,
    "workletProcessor": 14_000,
    "rnnoise_simd": 130_000,
    "blur": 60_000,
    "vision_wasm_internal": 4_100_000,
    "selfie_segmentation_landscape": 230_000,
    "drawing": 310_000,
    "jspdf.es.min": 140_000,
}
# The widget: its loader with what the server writes into it, what a chat fetches, and what a call fetches beside.
LOADER_BYTES = 5_000
LOADER_CONFIG_BYTES = 250
CHAT_BYTES = 60_000
CALL_BYTES = 30_000
_CHAT_CHUNKS = ("index-", "start-", "words-", "widget-")
_CALL_CHUNKS = ("Room-", "FrameCall-")


def zipped(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 6))


def widget_sizes() -> list[tuple[str, int, int]]:
    """Name, bytes and budget of the widget's parts; of the two languages a visitor fetches one."""
    files = [file for file in (WIDGET / "assets").iterdir() if file.suffix in (".js", ".css")]
    languages = sorted(zipped(file) for file in files if file.name.startswith("widget-"))
    chat = sum(zipped(file) for file in files if file.name.startswith(_CHAT_CHUNKS)) - languages[0]
    call = sum(zipped(file) for file in files if file.name.startswith(_CALL_CHUNKS))
    return [
        ("widget, loader", zipped(WIDGET / "loader.js") + LOADER_CONFIG_BYTES, LOADER_BYTES),
        ("widget, chat", chat + zipped(WIDGET / "index.html"), CHAT_BYTES),
        ("widget, call", call, CALL_BYTES),
    ]


def main() -> int:
    page = (DIST / "index.html").read_text()
    spent = dict.fromkeys(BUDGETS_BYTES, 0)
    for name in set(REFERENCED.findall(page)):
        spent[name.rsplit(".", 1)[1]] += len(gzip.compress((DIST / name).read_bytes(), 6))
    failed = False
    for kind, budget in BUDGETS_BYTES.items():
        over = spent[kind] > budget
        failed |= over
        print(f"first view, {kind:3}: {spent[kind] / 1000:6.1f} kB of {budget / 1000:.0f} kB{' OVER' if over else ''}")
    for name, budget in LATER_BYTES.items():
        files = [file for file in (DIST / "assets").glob(f"{name}-*") if file.suffix in FETCHED]
        size = sum(len(gzip.compress(file.read_bytes(), 6)) for file in files)
        over = not 0 < size <= budget
        failed |= over
        print(f"{name}: {size / 1000:6.1f} kB of {budget / 1000:.0f} kB{' OVER' if over else ''}")
    for name, size, budget in widget_sizes():
        over = not 0 < size <= budget
        failed |= over
        print(f"{name}: {size / 1000:6.1f} kB of {budget / 1000:.0f} kB{' OVER' if over else ''}")
    for file in sorted((DIST / "assets").glob("*.*js")):
        size = len(gzip.compress(file.read_bytes(), 6))
        if size > LARGEST_CHUNK_BYTES:
            failed = True
            print(f"{file.name}: {size / 1000:.1f} kB, largest allowed {LARGEST_CHUNK_BYTES / 1000:.0f} kB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
