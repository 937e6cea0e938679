"""How much a browser must fetch before it shows something, against a budget (gzip, as proxies send it)."""

import gzip
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "web/ui/dist"
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
    for file in sorted((DIST / "assets").glob("*.*js")):
        size = len(gzip.compress(file.read_bytes(), 6))
        if size > LARGEST_CHUNK_BYTES:
            failed = True
            print(f"{file.name}: {size / 1000:.1f} kB, largest allowed {LARGEST_CHUNK_BYTES / 1000:.0f} kB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
