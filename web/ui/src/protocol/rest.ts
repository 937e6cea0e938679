/** One REST request: JSON in, JSON out, every failure an ApiProblem. */
import { ApiProblem, parseProblem } from "./problem";
import { serverClock } from "./serverClock";

const BASE = "/api/v1";
const TIMEOUT_MS = 20_000;

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  json?: unknown;
  /** Raw bytes instead of JSON. */
  blob?: Blob;
  /** A credential of the page's own, in place of the browser's session. */
  token?: string;
  signal?: AbortSignal;
}

export function buildPath(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value != null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `${BASE}/${path}${text === "" ? "" : `?${text}`}`;
}

let credential: string | null = null;

/** Say once for all requests of this page who asks, where nobody is signed in; null: the browser's session, if any. */
export function authorize(token: string | null): void {
  credential = token;
}

function parseRetryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

/**
 * Ask the server.
 *
 * returns  the parsed body, undefined when there is none (204)
 * raises   ApiProblem; an AbortError when `signal` fired
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const headers: Record<string, string> = { Accept: "application/json" };
  if (typeof document !== "undefined" && document.documentElement.lang !== "") {
    headers["Accept-Language"] = document.documentElement.lang;
  }
  const token = options.token ?? credential;
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  if (options.json !== undefined) headers["Content-Type"] = "application/json";
  else if (options.blob !== undefined) headers["Content-Type"] = options.blob.type || "application/octet-stream";

  let response: Response;
  const asked_ms = serverClock.monotonic();
  try {
    response = await fetch(buildPath(path, options.query), {
      method,
      headers,
      credentials: token === null ? "same-origin" : "omit",
      signal,
      body: options.json !== undefined ? JSON.stringify(options.json) : (options.blob ?? null),
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new ApiProblem(timeout.aborted ? "network.timeout" : "network.unreachable", 0, "");
  }
  // Every answer of the API is marked as one that no cache keeps.
  serverClock.learnDate(response.headers.get("date"), asked_ms);
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (!response.ok) throw parseProblem(body, response.status, parseRetryAfter(response));
  return body as T;
}
