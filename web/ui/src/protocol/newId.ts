/** A random id, also where crypto.randomUUID is not: frames of ours in pages without https are no secure contexts. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
