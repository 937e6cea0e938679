/** What is asked of files both in the application and in the widget. */
import type { components } from "@/protocol/generated/schema";

import type { Message } from "./conversations";
import { request } from "./rest";

type Schemas = components["schemas"];

export type FileLink = Schemas["FileLinkMade"];

const id = encodeURIComponent;

export const fileDoors = {
  post: (conversation: string, client_id: string, text: string, upload_ids: string[]) =>
    request<Message>("POST", `conversations/${id(conversation)}/files`, { json: { client_id, text, upload_ids } }),
  link: (conversation: string, file: string) => request<FileLink>("POST", `conversations/${id(conversation)}/files/${id(file)}/link`),
};
