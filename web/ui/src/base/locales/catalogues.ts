/** Catalogues of `web/locales` as i18next wants them: by their file's name. What the server or the widget words is left out. */
export interface Catalogues {
  [name: string]: string | Catalogues;
}

export function byFile(files: Record<string, Catalogues>): Catalogues {
  return Object.fromEntries(Object.entries(files).map(([path, sentences]) => [path.slice(path.lastIndexOf("/") + 1, -".json".length), sentences]));
}
