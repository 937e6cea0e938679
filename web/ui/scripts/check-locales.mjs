/**
 * Prove that the catalogue is whole: Polish and English have the same keys, in the plural forms each language needs,
 * every key the screens name exists, and every key that exists is named by somebody.
 *
 * A key is `file.path.to.key`. Keys built at run time are declared in the code by a comment: `locale-keys: status.*`.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ui = join(dirname(fileURLToPath(import.meta.url)), "..");
const locales = join(ui, "..", "locales");
const PLURALS = { pl: ["one", "few", "many", "other"], en: ["one", "other"] };
const SUFFIX = /_(zero|one|two|few|many|other)$/;
// The server words these itself: refusals in problem+json, mails, notices, and guides as PDF.
const SERVER_FILES = new Set(["errors", "guides", "mails", "push"]);

const problems = [];

function flatten(tree, prefix, into) {
  for (const [key, value] of Object.entries(tree)) {
    if (value !== null && typeof value === "object") flatten(value, `${prefix}.${key}`, into);
    else into.set(`${prefix}.${key}`, String(value));
  }
  return into;
}

function readLanguage(language) {
  const sentences = new Map();
  for (const name of readdirSync(join(locales, language))) {
    if (!name.endsWith(".json")) continue;
    flatten(JSON.parse(readFileSync(join(locales, language, name), "utf8")), name.slice(0, -5), sentences);
  }
  return sentences;
}

/** Plural forms grouped under the key without its suffix; a plain key has no forms. */
function group(sentences) {
  const groups = new Map();
  for (const key of sentences.keys()) {
    const form = SUFFIX.exec(key)?.[1];
    const base = form === undefined ? key : key.replace(SUFFIX, "");
    const forms = groups.get(base) ?? new Set();
    if (form !== undefined) forms.add(form);
    groups.set(base, forms);
  }
  return groups;
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

const tables = Object.fromEntries(Object.keys(PLURALS).map((language) => [language, readLanguage(language)]));
const groups = Object.fromEntries(Object.entries(tables).map(([language, table]) => [language, group(table)]));

for (const [language, forms] of Object.entries(PLURALS)) {
  for (const [other, otherGroups] of Object.entries(groups)) {
    for (const key of otherGroups.keys()) if (!groups[language].has(key)) problems.push(`${language}: no ${key} (${other} has it)`);
  }
  for (const [key, found] of groups[language]) {
    if (found.size === 0) continue;
    for (const form of forms) if (!found.has(form)) problems.push(`${language}: ${key} lacks the plural form ${form}`);
  }
  for (const [key, sentence] of tables[language]) if (sentence.trim() === "") problems.push(`${language}: ${key} is empty`);
}

const placeholders = (sentence) => [...sentence.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort().join(",");
for (const [key, sentence] of tables.en) {
  const polish = tables.pl.get(key);
  if (polish !== undefined && !SUFFIX.test(key) && placeholders(polish) !== placeholders(sentence)) {
    problems.push(`${key}: the languages name different arguments`);
  }
}

const named = new Set();
const declared = [];
const files = new Set([...tables.en.keys()].map((key) => key.split(".")[0]));
// What is asked of `useMay` is a permission.
const KEY = new RegExp(`(?<!useMay\\()["'\`]((?:${[...files].join("|")})\\.[A-Za-z0-9_.]+)["'\`]`, "g");
const widget = join(ui, "../widget");
for (const path of [ui, widget].flatMap((folder) => sourceFiles(join(folder, "src")))) {
  const text = readFileSync(path, "utf8");
  for (const match of text.matchAll(KEY)) {
    // The widget has one file of sentences; what looks like a key of another one is a refusal's code.
    if (path.startsWith(widget) && !match[1].startsWith("widget.")) continue;
    named.add(match[1]);
    if (!groups.en.has(match[1])) problems.push(`${path.slice(ui.length + 1)}: no sentence for ${match[1]}`);
  }
  for (const match of text.matchAll(/locale-keys:\s*([\w.*, ]+)/g)) declared.push(...match[1].split(/[, ]+/).filter(Boolean));
}
// The page to try the widget on is worded by the server.
for (const match of readFileSync(join(widget, "try.html"), "utf8").matchAll(/\{\{t:([\w.]+)\}\}/g)) named.add(match[1]);
const isDeclared = (key) => declared.some((pattern) => (pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern));
for (const pattern of declared) {
  if (![...groups.en.keys()].some((key) => (pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern))) {
    problems.push(`locale-keys: ${pattern} matches nothing`);
  }
}
for (const key of groups.en.keys()) {
  if (SERVER_FILES.has(key.split(".")[0])) continue;
  if (!named.has(key) && !isDeclared(key)) problems.push(`nobody uses ${key}`);
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write(`catalogue: ${groups.en.size} keys, ${Object.keys(PLURALS).join(" and ")} complete\n`);
