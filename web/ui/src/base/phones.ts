/** Telephone numbers as one reads them: E.164 in groups of three (CC-217). */

// Country codes of one and two digits (ITU-T E.164, list of assigned codes); all others have three.
const SHORT = /^(1|7|2[07]|3[0-4]|36|39|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;
const HOME = "48";
const NATIONAL_LENGTH = 9;

/**
 * What somebody typed, as "+48 607 607 607"; as it was typed when it is no number of E.164.
 *
 * A number of nine digits without a country is one of this country.
 */
export function formatPhone(typed: string): string {
  const bare = typed.replace(/[\s().-]/g, "").replace(/^00/, "+");
  const digits = /^\+[1-9]\d{6,14}$/.test(bare) ? bare.slice(1) : new RegExp(`^[1-9]\\d{${NATIONAL_LENGTH - 1}}$`).test(bare) ? HOME + bare : null;
  if (digits === null) return typed;
  const code = SHORT.exec(digits)?.[0] ?? digits.slice(0, 3);
  const groups = digits.slice(code.length).match(/\d{1,3}/g) ?? [];
  // A last digit alone is read with those before it.
  const last = groups.at(-1);
  if (last !== undefined && last.length === 1 && groups.length > 1) groups.splice(-2, 2, `${groups.at(-2)}${last}`);
  return `+${code} ${groups.join(" ")}`;
}
