/** The doors of files, and their types by name. */
import type { components } from "@/protocol/generated/schema";
import { request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type ListedFile = Schemas["ListedFile"];
export type ListedFiles = Schemas["ListedFiles"];

const id = encodeURIComponent;

export const api = {
  files: {
    list: (conversation: string, q: string, cursor: string | null, signal?: AbortSignal) =>
      request<ListedFiles>("GET", `conversations/${id(conversation)}/files`, { query: { q, cursor }, ...(signal && { signal }) }),
  },
};
