/**
 * Excalidraw behind one door: nothing else imports it.
 *
 * How it works: `Easel` is what the rest knows of it. Elements come and go as they travel; what others drew never enters
 * the history, so that undo is one's own.
 */
import {
  bumpVersion,
  CaptureUpdateAction,
  convertToExcalidrawElements,
  Excalidraw,
  exportToBlob as blobOf,
  exportToSvg as svgOf,
  getCommonBounds,
  isInvisiblySmallElement,
  MainMenu,
  reconcileElements,
  restoreElements,
  viewportCoordsToSceneCoords,
} from "@excalidraw/excalidraw";
import "@excalidraw/excalidraw/index.css";
import type { ExcalidrawElement, FileId, OrderedExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { AppState, BinaryFileData, BinaryFiles, Collaborator, DataURL, ExcalidrawImperativeAPI, SocketId } from "@excalidraw/excalidraw/types";

import type { Language } from "@/protocol/generated/languages";
import { serverNow } from "@/protocol/serverClock";

import { beats, type BoardElement } from "../elements";
import type { Easel } from "../sync";
import classes from "./drawing.module.css";

interface Exported {
  elements: readonly ExcalidrawElement[];
  files: BinaryFiles;
  appState: Partial<AppState>;
  exportPadding?: number;
}

interface Sized {
  mimeType: string;
  quality: number;
  getDimensions: (width: number, height: number) => { width: number; height: number; scale: number };
}

// The library's own types of these are in a package that it does not publish.
const exportToBlob = blobOf as (options: Exported & Sized) => Promise<Blob>;
const exportToSvg = svgOf as (options: Exported) => Promise<SVGSVGElement>;

const GROUND = "#ffffff";
/** Seen on any picture, and broad enough for a finger on a phone. */
const MARKER: Partial<AppState> = {
  currentItemStrokeColor: "#e03131",
  currentItemStrokeWidth: 4,
  currentItemFontSize: 36,
  activeTool: { type: "arrow", customType: null, locked: true, lastActiveTool: null },
};
const EXPORT_PADDING = 24;
/** The library shows its tools above and below one that is smaller, else at the left. */
const PHONE_MAX_WIDTH_PX = 730;
const PHONE_MAX_HEIGHT_PX = 500;
const TOOL_ROOM_PX = { phone: { top: 76, right: 6, bottom: 72, left: 6 }, wide: { top: 76, right: 12, bottom: 64, left: 236 } } as const;
const MIN_ZOOM = 0.1;
const MAX_ZOOM = 3;
/** A canvas larger than this is refused by phones. */
const EXPORT_MAX_PX = 6_000;
/** Share of the visible board that a new picture takes. */
const PICTURE_SHARE = 0.7;

export interface Pointed {
  x: number;
  y: number;
  tool: "pointer" | "laser";
  button: "up" | "down";
}

export interface Guest {
  key: string;
  name: string;
  colour: string;
  pointer?: Pointed;
  selected: readonly string[];
}

export interface NewPicture {
  id: string;
  width: number;
  height: number;
  /** Lies under everything and cannot be moved by accident. */
  backdrop: boolean;
}

type Api = ExcalidrawImperativeAPI;
const asElement = (element: ExcalidrawElement): BoardElement => element;

function isShown(element: ExcalidrawElement): boolean {
  return !isInvisiblySmallElement(element) && !(element.type === "text" && element.text === "");
}

/** An element of the server as the library wants it; one that it would throw away is not shown. */
function fromServer(element: BoardElement, here: ExcalidrawElement | undefined): ExcalidrawElement | null {
  const { version, versionNonce } = element;
  const index = (element.index ?? null) as OrderedExcalidrawElement["index"];
  if (element.isDeleted === true) return here === undefined ? null : ({ ...here, isDeleted: true, version, versionNonce, index });
  const [restored] = restoreElements([element as unknown as ExcalidrawElement], null);
  if (restored === undefined || !isShown(restored)) {
    return here === undefined ? null : ({ ...here, isDeleted: true, version, versionNonce, index });
  }
  return { ...restored, version, versionNonce, index };
}

export class Canvas implements Easel {
  constructor(
    private readonly api: Api,
    private readonly inCall: boolean,
  ) {}

  elements(): readonly BoardElement[] {
    return this.api.getSceneElementsIncludingDeleted().map(asElement);
  }

  isWorthKeeping(element: BoardElement): boolean {
    return isShown(element as unknown as ExcalidrawElement);
  }

  put(elements: readonly BoardElement[], gone: ReadonlySet<string>): void {
    const state = this.api.getAppState();
    const busy = new Set([state.editingTextElement?.id, state.resizingElement?.id, state.newElement?.id]);
    const scene = new Map(this.api.getSceneElementsIncludingDeleted().map((element) => [element.id, element as ExcalidrawElement]));
    for (const element of elements) {
      const here = scene.get(element.id);
      if (here !== undefined && busy.has(element.id)) {
        // Whoever is in the middle of it goes on, and their version comes after the other one.
        if (beats(element, asElement(here))) bumpVersion(here as Parameters<typeof bumpVersion>[0], element.version);
        continue;
      }
      const shown = fromServer(element, here);
      if (shown !== null) scene.set(element.id, shown);
    }
    for (const id of gone) scene.delete(id);
    const ordered = reconcileElements([...scene.values()] as OrderedExcalidrawElement[], [], state);
    this.api.updateScene({ elements: ordered, captureUpdate: CaptureUpdateAction.NEVER });
  }

  showGuests(guests: readonly Guest[]): void {
    const collaborators = new Map<SocketId, Collaborator>();
    for (const { key, name, colour, pointer, selected } of guests) {
      collaborators.set(key as SocketId, {
        id: key,
        socketId: key as SocketId,
        username: name,
        color: { background: colour, stroke: colour },
        selectedElementIds: Object.fromEntries(selected.map((id) => [id, true as const])),
        ...(pointer && { pointer: { x: pointer.x, y: pointer.y, tool: pointer.tool }, button: pointer.button }),
      });
    }
    this.api.updateScene({ collaborators });
  }

  /** Ids of pictures that elements name and that are not here. */
  missingPictures(): string[] {
    const files = this.api.getFiles();
    return [...this.pictureIds()].filter((id) => files[id] === undefined);
  }

  /** Pictures of elements that are here, as data URLs by id. */
  pictures(): Map<string, string> {
    const files = this.api.getFiles();
    const found = new Map<string, string>();
    for (const id of this.pictureIds()) {
      const file = files[id];
      if (file !== undefined) found.set(id, file.dataURL);
    }
    return found;
  }

  addPicture(id: string, dataUrl: string, type: string): void {
    this.api.addFiles([{ id: id as FileId, dataURL: dataUrl as DataURL, mimeType: type as BinaryFileData["mimeType"], created: serverNow() }]);
  }

  removePicture(id: string): void {
    const elements = this.api
      .getSceneElementsIncludingDeleted()
      .map((element) => (element.type === "image" && element.fileId === id ? bumpVersion({ ...element, isDeleted: true }) : element));
    this.api.updateScene({ elements, captureUpdate: CaptureUpdateAction.NEVER });
  }

  /** Put a picture into the middle of what is seen; one that is there already stays as it is. */
  insertPicture({ id, width, height, backdrop }: NewPicture): void {
    const here = this.api.getSceneElementsIncludingDeleted();
    if (here.some((element) => element.id === id)) return;
    const state = this.api.getAppState();
    const middle = viewportCoordsToSceneCoords({ clientX: state.offsetLeft + state.width / 2, clientY: state.offsetTop + state.height / 2 }, state);
    const scale = Math.min(1, (state.width * PICTURE_SHARE) / state.zoom.value / width, (state.height * PICTURE_SHARE) / state.zoom.value / height);
    const [made] = convertToExcalidrawElements(
      [
        {
          type: "image",
          id,
          fileId: id as FileId,
          status: "saved",
          x: middle.x - (width * scale) / 2,
          y: middle.y - (height * scale) / 2,
          width: width * scale,
          height: height * scale,
          locked: backdrop,
        },
      ],
      { regenerateIds: false },
    );
    if (made === undefined) return;
    // Its place is found by where it lies among the others, which stay as they are.
    const placed = { ...made, index: null } as unknown as OrderedExcalidrawElement;
    this.api.updateScene({ elements: backdrop ? [placed, ...here] : [...here, placed], captureUpdate: CaptureUpdateAction.IMMEDIATELY });
  }

  selected(): string[] {
    return Object.keys(this.api.getAppState().selectedElementIds);
  }

  showAll(): void {
    if (this.inCall) this.fit();
    else this.api.scrollToContent(undefined, { fitToViewport: true, viewportZoomFactor: 0.85, animate: false, minZoom: 0.1, maxZoom: 1 });
  }

  clearHistory(): void {
    (this.api.history.clear as () => void)();
  }

  isEmpty(): boolean {
    return this.api.getSceneElements().length === 0;
  }

  /** The board as a picture, at most so wide and high. */
  picture(type: "image/png" | "image/webp", maxPx: number, scale = 1): Promise<Blob> {
    return exportToBlob({
      ...this.exported(),
      mimeType: type,
      quality: 0.85,
      getDimensions: (width, height) => {
        const factor = Math.min(scale, maxPx / width, maxPx / height);
        return { width: Math.max(1, width * factor), height: Math.max(1, height * factor), scale: factor };
      },
    });
  }

  largePicture(): Promise<Blob> {
    return this.picture("image/png", EXPORT_MAX_PX, 2);
  }

  async svg(): Promise<string> {
    const drawn = await exportToSvg(this.exported());
    return new XMLSerializer().serializeToString(drawn);
  }

  /** Give what is there all the room that the library's tools leave; the library itself knows only steps of a tenth. */
  private fit(): void {
    const elements = this.api.getSceneElements();
    if (elements.length === 0) return;
    const { width, height } = this.api.getAppState();
    const { top, right, bottom, left } = width < PHONE_MAX_WIDTH_PX || height < PHONE_MAX_HEIGHT_PX ? TOOL_ROOM_PX.phone : TOOL_ROOM_PX.wide;
    const [x1, y1, x2, y2] = getCommonBounds(elements);
    const room = { width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
    const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, Math.min(room.width / (x2 - x1), room.height / (y2 - y1))));
    const appState = {
      scrollX: (left + room.width / 2) / zoom - (x1 + x2) / 2,
      scrollY: (top + room.height / 2) / zoom - (y1 + y2) / 2,
      zoom: { value: zoom as AppState["zoom"]["value"] },
    };
    this.api.updateScene({ appState, captureUpdate: CaptureUpdateAction.NEVER });
  }

  private exported(): Exported {
    const appState = { exportBackground: true, viewBackgroundColor: GROUND, exportWithDarkMode: false };
    return { elements: this.api.getSceneElements(), files: this.api.getFiles(), appState, exportPadding: EXPORT_PADDING };
  }

  private pictureIds(): Set<string> {
    const ids = new Set<string>();
    for (const element of this.api.getSceneElements()) if (element.type === "image" && element.fileId !== null) ids.add(element.fileId);
    return ids;
  }
}

// What Excalidraw calls our languages; the build keeps these alone (excalidraw.config.ts).
const CODES: Readonly<Record<Language, string>> = { pl: "pl-PL", en: "en" };

interface DrawingProps {
  language: Language;
  theme: "light" | "dark";
  draws: boolean;
  /** Beside a call, on a frozen picture: keys are the call's until somebody draws, and an arrow is at hand. */
  inCall: boolean;
  onReady: (canvas: Canvas) => void;
  onChange: () => void;
  onPoint: (pointed: Pointed) => void;
}

export function Drawing({ language, theme, draws, inCall, onReady, onChange, onPoint }: DrawingProps) {
  return (
    <div className={classes.drawing}>
      <Excalidraw
        excalidrawAPI={(api) => onReady(new Canvas(api, inCall))}
        langCode={CODES[language]}
        theme={theme}
        viewModeEnabled={!draws}
        isCollaborating
        autoFocus={!inCall}
        handleKeyboardGlobally={!inCall}
        aiEnabled={false}
        validateEmbeddable={false}
        UIOptions={{
          canvasActions: { changeViewBackgroundColor: false, clearCanvas: false, export: false, loadScene: false, saveToActiveFile: false, toggleTheme: false, saveAsImage: false },
          tools: { image: false },
        }}
        initialData={{ appState: { viewBackgroundColor: GROUND, currentItemFontFamily: 6, ...(inCall && MARKER) } }}
        onChange={onChange}
        onPointerUpdate={({ pointer, button }) => onPoint({ x: pointer.x, y: pointer.y, tool: pointer.tool, button })}
      >
        <MainMenu>
          <MainMenu.DefaultItems.SearchMenu />
          <MainMenu.DefaultItems.Help />
        </MainMenu>
      </Excalidraw>
    </div>
  );
}
