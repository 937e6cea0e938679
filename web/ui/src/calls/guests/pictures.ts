/** People's pictures are shown to those who are signed in; a guest's page shows initials and asks for no picture. */

export function withoutPictures<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutPictures(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, key === "avatar_url" ? null : withoutPictures(item)]),
  ) as T;
}
