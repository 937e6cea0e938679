/*
 * Takes over a whole document as React 18.3 does (hydrateRoot(document, ...), react-dom's ReactFiberHydrationContext): elements
 * and texts are expected in order; what is left over is passed over at the ends of head and body and is a fault everywhere
 * else. At a fault the document's element is thrown away and drawn anew.
 */
const SHOP = ["html", [["head", [["meta", []], ["title", ["Hydrated shop"]]]], ["body", [["h1", ["Hydrated shop"]], ["button", ["0"]], ["script", []], ["script", []]]]]];
const LENIENT = new Set(["head", "body"]);

const hydratable = (node) => {
  while (node !== null && node.nodeType !== Node.ELEMENT_NODE && node.nodeType !== Node.TEXT_NODE) node = node.nextSibling;
  return node;
};

function hydrate(node, expected) {
  if (node === null) throw new Error("418");
  if (typeof expected === "string") {
    if (node.nodeType !== Node.TEXT_NODE || node.nodeValue !== expected) throw new Error("418");
    return;
  }
  const [type, children] = expected;
  if (node.nodeType !== Node.ELEMENT_NODE || node.localName !== type) throw new Error("418");
  let next = hydratable(node.firstChild);
  for (const child of children) {
    hydrate(next, child);
    next = hydratable(next.nextSibling);
  }
  if (next !== null && !LENIENT.has(type)) throw new Error("418");
}

function draw(expected) {
  if (typeof expected === "string") return document.createTextNode(expected);
  const [type, children] = expected;
  const element = document.createElement(type);
  element.append(...children.map(draw));
  return element;
}

setTimeout(() => {
  window.faults = [];
  try {
    hydrate(hydratable(document.firstChild.nextSibling), SHOP);
  } catch (fault) {
    window.faults.push(fault.message, "423");
    document.documentElement.remove();
    document.append(draw(SHOP));
  }
}, 1200);
