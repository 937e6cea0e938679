/** Colours of the widget, as desk/rules/colours.py has them (WCAG 2.2). */

const OUTSTANDING = 3;

export const COLOUR = /^#[0-9a-f]{6}$/i;

/** colour  #rrggbb */
export function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((place) => {
    const part = parseInt(colour.slice(place, place + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** White or black, whichever is read better on a colour. */
export function chooseTextColour(colour: string): string {
  const bright = luminance(colour) + 0.05;
  return 1.05 / bright >= bright / 0.05 ? "#ffffff" : "#000000";
}

/** Hardly told from a white page. */
export function isFaint(colour: string): boolean {
  return 1.05 / (luminance(colour) + 0.05) < OUTSTANDING;
}
