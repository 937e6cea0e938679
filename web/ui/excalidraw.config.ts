/**
 * How the whiteboard's library is built in: nothing of it comes from another host, and nothing our content security
 * policy would refuse is in it.
 *
 * Excalidraw 0.18.1 is pinned; each change below names a place in its files and fails the build when that is gone.
 */
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Plugin } from "vite";

const VERSION = "0.18.1";
const FONTS = `assets/excalidraw-${VERSION}`;
const LANGUAGES = new Set(["en", "pl-PL"]);
const folder = dirname(createRequire(import.meta.url).resolve("@excalidraw/excalidraw"));
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Names in Excalidraw's and jsPDF's code -> what stands in their place.
const LEFT_OUT: Readonly<Record<string, string>> = {
  // Cuts fonts down with WebAssembly, which needs a hole in script-src: fonts go into an SVG file whole.
  "./subset-shared.chunk.js": here("./src/boards/library/fonts.ts"),
  "./subset-worker.chunk.js": here("./src/boards/library/fonts.ts"),
  // A megabyte whose style elements style-src refuses.
  "@excalidraw/mermaid-to-excalidraw": here("./src/boards/library/mermaid.ts"),
  // For pages and SVG in a PDF: ours holds one picture.
  html2canvas: here("./src/boards/library/nothing.ts"),
  canvg: here("./src/boards/library/nothing.ts"),
  dompurify: here("./src/boards/library/nothing.ts"),
};

function replaceOnce(code: string, pattern: RegExp, replacement: (name: string) => string): string {
  const next = code.replace(pattern, (_whole, name: unknown) => replacement(String(name)));
  if (next === code) throw new Error(`excalidraw.config.ts: ${String(pattern)} is not in Excalidraw ${VERSION}`);
  return next;
}

/** The core: where fonts are. */
function changeCore(code: string): string {
  // The outside host it falls back to; with no asset path set this is the one address of each font.
  let next = replaceOnce(code, /`https:\/\/esm\.sh\/(?:[^`]|`[^`]*`)*?\/dist\/prod\/`/, () => `\`\${window.location.origin}/${FONTS}/\``);
  // 13 MB of Chinese, Japanese and Korean in handwriting: the system's own font shows them.
  next = replaceOnce(next, /=\[\{uri:\w+,descriptors:\{unicodeRange:"U\+f9b8-fa6d[^\]]*\]/, () => "=[]");
  // An attribute our policy refuses, and the same through the style itself.
  next = replaceOnce(next, /([\w$]+)\.setAttribute\("style","white-space: pre;"\)/, (name) => `(${name}.style.whiteSpace="pre")`);
  return replaceOnce(next, /console\.error\("Failed to use workers for subsetting[^)]*\)/, () => "void 0");
}

export function excalidraw(): Plugin {
  return {
    name: "excalidraw",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer?.includes("/@excalidraw/excalidraw/") === true || importer?.includes("/jspdf/") === true) return LEFT_OUT[source] ?? null;
      return null;
    },
    transform(code, id) {
      if (!id.startsWith(folder) || !id.endsWith(".js")) return null;
      let next = code;
      if (code.includes("ASSETS_FALLBACK_URL")) next = changeCore(next);
      // Of its languages only ours.
      next = next.replaceAll(/\(\)=>import\("\.\/locales\/([\w-]+)-[A-Z0-9]{8}\.js"\)/g, (whole, language: string) =>
        LANGUAGES.has(language) ? whole : "()=>Promise.resolve({default:{}})",
      );
      return next === code ? null : { code: next, map: null };
    },
    generateBundle() {
      const fonts = join(folder, "fonts");
      for (const family of readdirSync(fonts)) {
        if (family === "Xiaolai") continue;
        for (const file of readdirSync(join(fonts, family))) {
          this.emitFile({ type: "asset", fileName: `${FONTS}/fonts/${family}/${file}`, source: readFileSync(join(fonts, family, file)) });
        }
      }
    },
  };
}
