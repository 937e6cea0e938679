/** A sign for what kind of file it is. */
import { IconFile, IconFileMusic, IconFileText, IconFileTypePdf, IconFileZip, IconMovie, IconPhoto } from "@tabler/icons-react";

export function FileIcon({ type, size = 24 }: { type: string; size?: number }) {
  const Icon = type.startsWith("image/")
    ? IconPhoto
    : type.startsWith("audio/")
      ? IconFileMusic
      : type.startsWith("video/")
        ? IconMovie
        : type === "application/pdf"
          ? IconFileTypePdf
          : /zip|7z|gzip/.test(type)
            ? IconFileZip
            : /text|document|word|sheet|excel|presentation|powerpoint/.test(type)
              ? IconFileText
              : IconFile;
  return <Icon size={size} stroke={1.6} aria-hidden="true" />;
}
