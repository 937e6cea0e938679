/** The doors of boards, and their types by name. */
import type { components } from "@/protocol/generated/schema";
import { buildPath, request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type Board = Schemas["Board"];
export type Boards = Schemas["Boards"];
export type BoardBody = Schemas["BoardBody"];
export type BoardPerson = Schemas["BoardPerson"];
export type BoardCursor = Schemas["BoardCursor"];
export type BoardPicture = Schemas["BoardPicture"];
export type BoardVersion = Schemas["BoardVersion"];
export type BoardVersions = Schemas["BoardVersions"];
export type BoardScene = Schemas["BoardScene"];

declare module "@/protocol/socketEvents" {
  interface SocketEvents {
    "board:changed": Schemas["BoardChanged"];
    "board:cursors": Schemas["BoardCursors"];
    "board:present": Schemas["BoardPresent"];
    "board:updated": Schemas["BoardUpdated"];
    "board:closed": Schemas["BoardClosed"];
  }
  interface SocketCommands {
    "board:open": [Schemas["OpenBoard"], Schemas["BoardOpened"]];
    "board:change": [Schemas["ChangeBoard"], Schemas["BoardStored"]];
    "board:point": [Schemas["PointOnBoard"], Record<string, never>];
    "board:close": [Schemas["BoardReference"], Record<string, never>];
  }
}

const id = encodeURIComponent;

export const api = {
  boards: {
    create: (conversation: string, client_id: string) => request<Board>("POST", `conversations/${id(conversation)}/boards`, { json: { client_id } }),
    list: (conversation: string, cursor: string | null) =>
      request<Boards>("GET", `conversations/${id(conversation)}/boards`, { query: { cursor, limit: 20 } }),
    change: (board: string, body: BoardBody) => request<Board>("PATCH", `boards/${id(board)}`, { json: body }),
    scene: (board: string, since: number) => request<BoardScene>("GET", `boards/${id(board)}/scene`, { query: { since } }),
    putPicture: (board: string, picture: string, blob: Blob) =>
      request<BoardPicture>("PUT", `boards/${id(board)}/pictures/${id(picture)}`, { blob }),
    pictureAddress: (board: string, picture: string) => buildPath(`boards/${id(board)}/pictures/${id(picture)}`),
    putPreview: (board: string, revision: number, blob: Blob) =>
      request<Board>("PUT", `boards/${id(board)}/preview`, { query: { revision }, blob }),
    versions: (board: string) => request<BoardVersions>("GET", `boards/${id(board)}/versions`),
    keepVersion: (board: string, name: string) => request<BoardVersion>("POST", `boards/${id(board)}/versions`, { json: { name } }),
    restoreVersion: (board: string, version: string) => request<Board>("POST", `boards/${id(board)}/versions/${id(version)}/restore`),
  },
};
