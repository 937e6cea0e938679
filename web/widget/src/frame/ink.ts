/** What is read best on the organisation's colour; desk/rules/colours.py says the same to the loader. */

/** Relative luminance of sRGB (WCAG 2.2). */
export function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** White or the house black, whichever is read better on the colour; they meet at this luminance. */
export function inkOn(colour: string): string {
  return luminance(colour) > 0.2045 ? "#1f1a29" : "#fff";
}
