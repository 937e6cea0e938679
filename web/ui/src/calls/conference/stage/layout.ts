/** Where the tiles go: the arrangement that shows the most of everybody in the space there is; sizes in CSS pixels. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pictures are cut to their tile, within these limits of width to height; one alone fills an upright phone. */
const ASPECT = { picture: 16 / 9, narrowest: 0.7, narrowestAlone: 0.45, widest: 2 } as const;

function sizeTile(cellWidth: number, cellHeight: number, narrowest: number): { width: number; height: number } {
  const aspect = cellWidth / cellHeight;
  if (aspect > ASPECT.widest) return { width: cellHeight * ASPECT.widest, height: cellHeight };
  if (aspect < narrowest) return { width: cellWidth, height: cellWidth / narrowest };
  return { width: cellWidth, height: cellHeight };
}

/** How good a tile is: its area, less for what is cut off a 16:9 picture. */
function rankTile({ width, height }: { width: number; height: number }): number {
  const aspect = width / height;
  const visible = Math.min(aspect / ASPECT.picture, ASPECT.picture / aspect);
  return width * height * Math.sqrt(visible);
}

/**
 * Lay out equal tiles in rows; a last row that is not full is centred.
 *
 * width, height, gap  CSS pixels
 * returns             one box per tile, in reading order, inside 0..width, 0..height
 */
export function layOut(count: number, width: number, height: number, gap: number): Box[] {
  if (count <= 0 || width <= 0 || height <= 0) return [];
  let best = { columns: 1, rows: count, tile: { width: 0, height: 0 }, rank: -1 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - gap * (columns - 1)) / columns;
    const cellHeight = (height - gap * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const tile = sizeTile(cellWidth, cellHeight, count === 1 ? ASPECT.narrowestAlone : ASPECT.narrowest);
    const rank = rankTile(tile);
    if (rank > best.rank) best = { columns, rows, tile, rank };
  }
  const { columns, rows, tile } = best;
  const top = (height - rows * tile.height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (width - inRow * tile.width - (inRow - 1) * gap) / 2;
    return {
      x: left + (index - row * columns) * (tile.width + gap),
      y: top + row * (tile.height + gap),
      width: tile.width,
      height: tile.height,
    };
  });
}

const SMALLEST_TILE = { width: 150, height: 84 } as const;
const MAX_TILES = 49;
const STRIP = { share: 0.18, narrowest: 128, widest: 250, lowest: 72, highest: 150, aspect: 16 / 9, uprightAspect: 0.85 } as const;

/** How many equal tiles a page holds without becoming too small to know a face. */
export function countTiles(width: number, height: number, gap: number): number {
  const columns = Math.max(1, Math.floor((width + gap) / (SMALLEST_TILE.width + gap)));
  const rows = Math.max(1, Math.floor((height + gap) / (SMALLEST_TILE.height + gap)));
  // Upright phones show two columns of faces rather than ribbons.
  return Math.min(MAX_TILES, columns * rows, width < 480 ? 8 : MAX_TILES);
}

export interface Areas {
  large: Box;
  strip: Box;
  /** One tile of the strip. */
  tile: { width: number; height: number };
  /** How many tiles the strip holds. */
  capacity: number;
  upright: boolean;
}

/** Divide the stage for large pictures and a strip: at the right of a wide stage, below an upright one. */
export function divide(width: number, height: number, gap: number): Areas {
  const upright = width < height;
  if (upright) {
    const side = Math.min(STRIP.highest, Math.max(STRIP.lowest, height * STRIP.share));
    const tile = { width: Math.min(width, side * STRIP.uprightAspect), height: side };
    return {
      large: { x: 0, y: 0, width, height: Math.max(0, height - side - gap) },
      strip: { x: 0, y: height - side, width, height: side },
      tile,
      capacity: Math.max(1, Math.floor((width + gap) / (tile.width + gap))),
      upright,
    };
  }
  const side = Math.min(STRIP.widest, Math.max(STRIP.narrowest, width * STRIP.share));
  const tile = { width: side, height: Math.min(height, side / STRIP.aspect) };
  return {
    large: { x: 0, y: 0, width: Math.max(0, width - side - gap), height },
    strip: { x: width - side, y: 0, width: side, height },
    tile,
    capacity: Math.max(1, Math.floor((height + gap) / (tile.height + gap))),
    upright,
  };
}

/** Put the tiles of a strip one after the other, in its middle. */
export function layOutStrip(count: number, { strip, tile, upright }: Areas, gap: number): Box[] {
  const step = (upright ? tile.width : tile.height) + gap;
  const room = upright ? strip.width : strip.height;
  const start = Math.max(0, (room - (count * step - gap)) / 2);
  return Array.from({ length: count }, (_, index) => ({
    x: strip.x + (upright ? start + index * step : 0),
    y: strip.y + (upright ? 0 : start + index * step),
    ...tile,
  }));
}
