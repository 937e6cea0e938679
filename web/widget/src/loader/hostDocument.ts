/** The page's document as browsers mean it: `<form name="title">` and its like cover up what it has under these names. */
export function ofDocument<Name extends keyof Document>(name: Name): Document[Name] {
  return Reflect.get<Document, Name>(Document.prototype, name, document);
}
