/** Where the tiles go: the arrangement that shows the most of everybody in the space there is. */

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
