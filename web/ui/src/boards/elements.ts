/** Which version of an element stands: the higher one, then the one with the lower nonce (Excalidraw's rule, and the server's). */

/** An element as it travels; its other fields are the library's. */
export interface BoardElement {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly versionNonce: number;
  readonly isDeleted?: boolean;
  readonly [field: string]: unknown;
}

export interface Stamp {
  readonly version: number;
  readonly versionNonce: number;
}

export function beats(one: Stamp, other: Stamp): boolean {
  return one.version > other.version || (one.version === other.version && one.versionNonce < other.versionNonce);
}

export function stampOf({ version, versionNonce }: Stamp): Stamp {
  return { version, versionNonce };
}
