/**
 * Pictures on a whiteboard: elements carry their names, the server their bytes.
 *
 * How it works: what elements name and is not here is fetched, again and again while somebody may still be sending it;
 * what is here and not on the server, for one pasted together with elements of another board, is sent.
 */
import i18next from "i18next";

import { ApiProblem } from "@/protocol/problem";

import { api } from "./rest";

const KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const MAX_BYTES = 10_000_000;
const MAX_SIDE_PX = 4_096;
const RETRY_MS = 1_500;
const RETRIES = 40;

/** What of a canvas this needs. */
export interface PictureSpace {
  missingPictures: () => string[];
  pictures: () => Map<string, string>;
  addPicture: (id: string, dataUrl: string, type: string) => void;
  removePicture: (id: string) => void;
}

export interface Prepared {
  blob: Blob;
  width: number;
  height: number;
}

export function newPictureId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

export function toDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(blob);
  });
}

/** The policy lets a page fetch from its server only, so a data URL is taken apart by hand. */
export function fromDataUrl(url: string): Blob {
  const [head = "", body = ""] = url.split(",", 2);
  const type = /^data:([^;,]+)/.exec(head)?.[1] ?? "application/octet-stream";
  if (!head.endsWith(";base64")) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (character) => character.charCodeAt(0))], { type });
}

function load(blob: Blob): Promise<HTMLImageElement> {
  const address = URL.createObjectURL(blob);
  const image = new Image();
  image.src = address;
  return image
    .decode()
    .then(() => image)
    .finally(() => URL.revokeObjectURL(address));
}

/**
 * Make a picture the server takes out of anything the browser can show, drawn smaller where it is too large.
 *
 * raises  ApiProblem  the browser cannot show it
 */
export async function preparePicture(file: Blob): Promise<Prepared> {
  let image: HTMLImageElement;
  try {
    image = await load(file);
  } catch {
    throw new ApiProblem("pictures.unreadable", 422, i18next.t("boards.picture.bad"));
  }
  // A drawing without a size of its own.
  const naturalWidth = image.naturalWidth || 1_200;
  const naturalHeight = image.naturalHeight || 900;
  const scale = Math.min(1, MAX_SIDE_PX / naturalWidth, MAX_SIDE_PX / naturalHeight);
  if (KINDS.includes(file.type) && file.size <= MAX_BYTES && scale === 1) return { blob: file, width: naturalWidth, height: naturalHeight };
  const width = Math.max(1, Math.round(naturalWidth * scale));
  const height = Math.max(1, Math.round(naturalHeight * scale));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
  const draw = (type: string) => new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.88));
  const lossless = file.type === "image/jpeg" ? null : await draw("image/png");
  const blob = lossless !== null && lossless.size <= MAX_BYTES ? lossless : await draw("image/jpeg");
  if (blob === null) throw new ApiProblem("pictures.unreadable", 422, i18next.t("boards.picture.bad"));
  return { blob, width, height };
}

export class BoardPictures {
  onProblem: (problem: unknown) => void = () => undefined;
  private readonly stored = new Set<string>();
  private readonly busy = new Set<string>();
  private readonly tries = new Map<string, number>();
  private isStopped = false;

  constructor(
    private readonly boardId: string,
    private readonly space: PictureSpace,
  ) {}

  stop(): void {
    this.isStopped = true;
  }

  /** Elements changed: fetch what they name. `draws`: send what the server lacks. */
  look(draws: boolean): void {
    for (const id of this.space.missingPictures()) if (this.begin(id)) void this.fetch(id);
    if (!draws) return;
    for (const [id, url] of this.space.pictures()) if (!this.stored.has(id) && this.begin(id)) void this.send(id, url);
  }

  /** Store a picture and show it; its element comes afterwards. raises ApiProblem */
  async add(id: string, { blob }: Prepared): Promise<void> {
    await api.boards.putPicture(this.boardId, id, blob);
    this.stored.add(id);
    this.space.addPicture(id, await toDataUrl(blob), blob.type);
  }

  private begin(id: string): boolean {
    if (this.busy.has(id) || this.isStopped) return false;
    this.busy.add(id);
    return true;
  }

  private again(id: string, draws: boolean): void {
    const tries = (this.tries.get(id) ?? 0) + 1;
    this.tries.set(id, tries);
    if (tries > RETRIES) return;
    setTimeout(() => {
      this.busy.delete(id);
      this.look(draws);
    }, RETRY_MS);
  }

  private async fetch(id: string): Promise<void> {
    try {
      const answer = await fetch(api.boards.pictureAddress(this.boardId, id), { credentials: "same-origin" });
      if (!answer.ok) throw new ApiProblem("network.broken", answer.status, "");
      const blob = await answer.blob();
      if (this.isStopped) return;
      this.stored.add(id);
      this.space.addPicture(id, await toDataUrl(blob), blob.type);
      this.busy.delete(id);
    } catch {
      this.again(id, false);
    }
  }

  private async send(id: string, url: string): Promise<void> {
    try {
      const { blob } = await preparePicture(fromDataUrl(url));
      await api.boards.putPicture(this.boardId, id, blob);
      this.stored.add(id);
      this.busy.delete(id);
    } catch (error) {
      if (error instanceof ApiProblem && error.isTransient) {
        this.again(id, true);
        return;
      }
      this.space.removePicture(id);
      this.onProblem(error);
    }
  }
}
