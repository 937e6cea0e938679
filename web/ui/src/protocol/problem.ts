/** What went wrong, in the one shape REST problems (RFC 9457) and socket acks share. */

export interface FieldProblem {
  /** Dotted place in the body. */
  field: string;
  detail: string;
}

export class ApiProblem extends Error {
  /**
   * code    stable, `package.reason`; `network.unreachable`, `network.timeout` and `network.broken` are our own
   * status  HTTP status, 0 when no answer came
   * detail  a sentence in the person's language, from the server; empty when no answer came
   */
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly retryAfterS: number | null = null,
  ) {
    super(`${code} (${status})`);
    this.name = "ApiProblem";
  }

  /** No answer came, or the server is briefly unable: the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseFieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map(({ path, message }) => ({
    field: typeof path === "string" ? path : "",
    detail: typeof message === "string" ? message : "",
  }));
}

/** Read a problem out of a REST body or of an ack's `error`; anything else becomes `network.broken`. */
export function parseProblem(value: unknown, status: number, retryAfterS: number | null = null): ApiProblem {
  if (!isRecord(value) || typeof value.code !== "string") return new ApiProblem("network.broken", status, "", [], retryAfterS);
  return new ApiProblem(
    value.code,
    typeof value.status === "number" ? value.status : status,
    typeof value.detail === "string" ? value.detail : "",
    parseFieldProblems(value.errors),
    typeof value.retry_after_s === "number" ? value.retry_after_s : retryAfterS,
  );
}
