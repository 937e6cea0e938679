/** A PDF, drawn page by page as one scrolls to it; nothing in it runs. */
import { Loader, Text } from "@mantine/core";
import type { PDFDocumentProxy } from "pdfjs-dist";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { openPdf } from "./pdf";
import classes from "./Viewer.module.css";

const WIDEST_PX = 1100;
const AHEAD_PX = 1200;
// A canvas larger than this is refused by phones.
const MAX_CANVAS_PX = 12_000_000;

interface PageProps {
  document: PDFDocumentProxy;
  number: number;
  widthPx: number;
  /** Height over width, of the first page until this one is known. */
  ratio: number;
}

function Page({ document: pdf, number, widthPx, ratio }: PageProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isNear, setNear] = useState(number <= 2);
  const [ownRatio, setOwnRatio] = useState(ratio);

  useEffect(() => {
    if (box.current === null) return;
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting === true), { rootMargin: `${AHEAD_PX}px 0px` });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (!isNear) return;
    let isGone = false;
    let cancel: (() => void) | null = null;
    const draw = async () => {
      const page = await pdf.getPage(number);
      if (isGone || canvas.current === null) return;
      const plain = page.getViewport({ scale: 1 });
      setOwnRatio(plain.height / plain.width);
      const wanted = (widthPx / plain.width) * Math.min(2, window.devicePixelRatio);
      const most = Math.sqrt(MAX_CANVAS_PX / (plain.width * plain.height));
      const viewport = page.getViewport({ scale: Math.min(wanted, most) });
      canvas.current.width = Math.floor(viewport.width);
      canvas.current.height = Math.floor(viewport.height);
      const task = page.render({ canvas: canvas.current, viewport });
      cancel = () => task.cancel();
      await task.promise;
      page.cleanup();
    };
    void draw().catch(() => undefined);
    return () => {
      isGone = true;
      cancel?.();
    };
  }, [pdf, number, widthPx, isNear]);

  return (
    <div ref={box} className={classes.page} style={{ width: widthPx, height: widthPx * ownRatio }}>
      {isNear && <canvas ref={canvas} role="img" aria-label={t("files.viewer.page", { number, count: pdf.numPages })} data-page={number} />}
    </div>
  );
}

export function PdfView({ url, name }: { url: string; name: string }) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<{ pdf: PDFDocumentProxy; ratio: number } | null>(null);
  const [isBroken, setBroken] = useState(false);
  const [widthPx, setWidthPx] = useState(0);

  useEffect(() => {
    const { task, close } = openPdf({ url });
    let isGone = false;
    const open = async () => {
      const pdf = await task.promise;
      const first = (await pdf.getPage(1)).getViewport({ scale: 1 });
      if (!isGone) setOpened({ pdf, ratio: first.height / first.width });
    };
    open().catch(() => {
      if (!isGone) setBroken(true);
    });
    return () => {
      isGone = true;
      void close();
    };
  }, [url]);

  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const measure = () => setWidthPx(Math.floor(Math.min(WIDEST_PX, box.clientWidth - 24)));
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  return (
    <div ref={scroller} className={classes.pages} tabIndex={0} role="document" aria-label={name}>
      {isBroken && (
        <Text c="white" className={classes.notice ?? ""}>
          {t("files.viewer.brokenPdf")}
        </Text>
      )}
      {opened === null && !isBroken && <Loader color="white" m="auto" />}
      {opened !== null &&
        widthPx > 0 &&
        Array.from({ length: opened.pdf.numPages }, (_, index) => (
          <Page key={index} document={opened.pdf} number={index + 1} widthPx={widthPx} ratio={opened.ratio} />
        ))}
    </div>
  );
}
