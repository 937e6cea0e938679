/** In place of Excalidraw's Mermaid: what is pasted stays text. */
export function parseMermaidToExcalidraw(): Promise<never> {
  return Promise.reject(new Error("Mermaid is not built in"));
}
