/** Variables of ready texts: {{client}} and the like, filled when an agent takes the text. */

/** Put values in place of variables; one without a value goes, with the space before it. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/( ?)\{\{\s*([^{}]*?)\s*\}\}/g, (_whole, space: string, name: string) => {
    const value = values[name] ?? "";
    return value === "" ? "" : space + value;
  });
}
