/** A lint rule that holds every import, static or not, to a table of layers. */
import path from "node:path";

/** Refuse a table in which a folder lists one that stands below it, or that is not there. */
export function checkTable(folders, ground, inside = "") {
  const above = new Set();
  for (const [name, node] of Object.entries(folders)) {
    for (const other of node.imports ?? []) if (!above.has(other)) throw new Error(`${inside}${name}: "${other}" stands not above it in the table`);
    above.add(name);
    checkTable(node.folders ?? {}, [], `${inside}${name}/`);
  }
  for (const name of ground) if (!above.has(name)) throw new Error(`"${name}" is not in the table`);
}

const moduleName = (file) => file.replace(/(\.test|\.d)?\.tsx?$/, "");

/** The sentence about a folder that the table does not name; null when it does, or when it is the top's. */
function unnamed(segments, { layers, top }) {
  let folders = layers;
  if (segments[0] === top) return null;
  for (const [depth, segment] of segments.entries()) {
    if (folders[segment] === undefined) return `the folder ${segments.slice(0, depth + 1).join("/")} is not in eslint/layers.js`;
    folders = folders[segment].folders ?? {};
  }
  return null;
}

/**
 * Say what is wrong with an import.
 *
 * from, to  paths below `src`; `from` has its ending, `to` may lack it
 * returns   a sentence, or null when it is allowed
 */
export function judge(from, to, table) {
  const { layers, ground, top } = table;
  const [a, b] = [from.split("/"), to.split("/")];
  const [fromFile, toFile] = [moduleName(a.pop()), moduleName(b.pop())];
  if (a.length === 0) return null;
  if (b.length === 0) return `"${to}" begins the page; nothing imports it`;
  const missing = unnamed(a, table) ?? unnamed(b, table);
  if (missing !== null || a[0] === top) return missing;
  if (b[0] === top) return `"${top}" joins the features, and none of them imports it`;
  let depth = 0;
  let around = { folders: layers };
  while (depth < a.length && a[depth] === b[depth]) around = around.folders[a[depth++]];
  const [mine, other] = [a[depth], b[depth]];
  const floor = [...table.floor, ...(around.floor ?? [])];
  if (mine === undefined && other === undefined) return null;
  if (mine === undefined) return floor.includes(fromFile) ? `"${fromFile}" is of the floor that "${other}" stands on, and imports no subfolder` : null;
  if (other === undefined) return floor.includes(toFile) ? null : `a subfolder imports only the floor of the folder around it (${floor.join(", ")}), not "${toFile}"`;
  const allowed = [...(around.folders[mine].imports ?? []), ...(depth === 0 && !ground.includes(mine) ? ground : [])];
  return allowed.includes(other) ? null : `"${mine}" may not import "${other}": eslint/layers.js`;
}

/** Options: `src` the folder that "@/" means; `layers`, `ground`, `floor`, `top` of the table; `as` the layer of files outside of `src`. */
export const layersRule = {
  meta: { type: "problem", schema: [{ type: "object" }], messages: { no: "{{ text }}" } },
  create(context) {
    const { src, as, ...table } = context.options[0];
    const inside = path.relative(src, context.filename).split(path.sep).join("/");
    const isOutside = inside.startsWith("..");
    const from = isOutside ? `${as}/file.ts` : inside;
    const check = (node) => {
      const { value } = node ?? {};
      if (typeof value !== "string" || value.endsWith(".css")) return;
      let to = null;
      if (value.startsWith("@/")) to = value.slice(2);
      else if (value.startsWith(".") && !isOutside) to = path.posix.normalize(path.posix.join(path.posix.dirname(inside), value));
      if (to === null || to.startsWith("..")) return;
      const text = judge(from, to, table);
      if (text !== null) context.report({ node, messageId: "no", data: { text } });
    };
    return {
      Program: (node) => {
        const text = isOutside ? null : unnamed(inside.split("/").slice(0, -1), table);
        if (text !== null) context.report({ node, messageId: "no", data: { text } });
      },
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal),
    };
  },
};
