/** Files on their way to the server (tus, resumable), and from there into the conversation. */
import { fileDoors } from "@/protocol/files";
import { newId } from "@/protocol/newId";
import { Observable } from "@/protocol/observable";
import { ApiProblem, parseProblem } from "@/protocol/problem";

export interface SentFile {
  id: string;
  name: string;
  size_bytes: number;
  /** 0..1 */
  progress: number;
  /** null while it goes on; else why it does not: the server's sentence, or empty when no answer came. */
  problem: string | null;
  /** Sending it again may help. */
  again: boolean;
}

const PIECE_BYTES = 4 * 1024 * 1024;
/** A line that is gone for half a minute costs no file. */
const AGAIN_AFTER_MS = [0, 500, 1_500, 4_000, 8_000, 15_000, 15_000];

export class Sending {
  readonly list = new Observable<readonly SentFile[]>([]);
  private readonly aborts = new Map<string, () => void>();
  private readonly files = new Map<string, File>();

  constructor(
    private readonly conversationId: string,
    private readonly token: string,
  ) {}

  add(files: readonly File[]): void {
    for (const file of files) {
      const id = newId();
      this.files.set(id, file);
      this.list.change((all) => [...all, { id, name: file.name, size_bytes: file.size, progress: 0, problem: null, again: false }]);
      void this.send(id, file);
    }
  }

  retry(id: string): void {
    const file = this.files.get(id);
    if (file === undefined) return;
    this.change(id, { progress: 0, problem: null, again: false });
    void this.send(id, file);
  }

  dismiss(id: string): void {
    this.aborts.get(id)?.();
    this.aborts.delete(id);
    this.files.delete(id);
    this.list.change((all) => all.filter((one) => one.id !== id));
  }

  private change(id: string, fields: Partial<SentFile>): void {
    this.list.change((all) => all.map((one) => (one.id === id ? { ...one, ...fields } : one)));
  }

  private async send(id: string, file: File): Promise<void> {
    try {
      const url = await this.upload(id, file);
      await fileDoors.post(this.conversationId, id, "", [url.slice(url.lastIndexOf("/") + 1)]);
      this.dismiss(id);
    } catch (error) {
      // What could not even be fetched or sent is no answer of the server's.
      const problem = error instanceof ApiProblem ? error : new ApiProblem("network.broken", 0, "");
      this.change(id, { problem: problem.detail, again: problem.isTransient });
    }
  }

  private async upload(id: string, file: File): Promise<string> {
    const { DetailedError, Upload } = await import("tus-js-client");
    return new Promise((resolve, reject) => {
      const upload = new Upload(file, {
        endpoint: `${window.location.origin}/api/v1/conversations/${encodeURIComponent(this.conversationId)}/uploads`,
        headers: { Authorization: `Bearer ${this.token}` },
        chunkSize: PIECE_BYTES,
        retryDelays: AGAIN_AFTER_MS,
        storeFingerprintForResuming: false,
        metadata: { filename: file.name },
        onProgress: (sent, all) => this.change(id, { progress: all > 0 ? sent / all : 1 }),
        onSuccess: () => resolve(upload.url ?? ""),
        onError: (error) => {
          const response = error instanceof DetailedError ? error.originalResponse : null;
          reject(response === null ? new ApiProblem("network.unreachable", 0, "") : parseProblem(readJson(response.getBody()), response.getStatus()));
        },
      });
      this.aborts.set(id, () => void upload.abort(false));
      upload.start();
    });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
