/** A picture of a telephone exchange: jacks in rows, a few cords plugged in. */
const COLUMNS = 7;
const ROWS = 9;
const CORDS: readonly [number, number, number, number][] = [
  [0, 1, 3, 4],
  [5, 0, 2, 6],
  [1, 7, 6, 5],
];
const place = (column: number, row: number): [number, number] => [36 + column * 48, 36 + row * 48];

export function Switchboard() {
  const plugged = new Set(CORDS.flatMap(([a, b, c, d]) => [`${a} ${b}`, `${c} ${d}`]));
  return (
    <svg viewBox="0 0 360 456" width="100%" height="100%" preserveAspectRatio="xMidYMid slice">
      {Array.from({ length: COLUMNS * ROWS }, (_, index) => {
        const column = index % COLUMNS;
        const row = Math.floor(index / COLUMNS);
        const [x, y] = place(column, row);
        const isPlugged = plugged.has(`${column} ${row}`);
        return (
          <g key={index}>
            <circle cx={x} cy={y} r={11} fill="none" stroke="#fff" strokeOpacity={isPlugged ? 0 : 0.17} strokeWidth={1.5} />
            <circle cx={x} cy={y} r={isPlugged ? 9 : 3} fill="#fff" fillOpacity={isPlugged ? 0.95 : 0.2} />
          </g>
        );
      })}
      {CORDS.map(([a, b, c, d]) => {
        const [x1, y1] = place(a, b);
        const [x2, y2] = place(c, d);
        const sag = Math.max(y1, y2) + 70;
        return (
          <path
            key={`${a}${b}`}
            d={`M${x1} ${y1}C${x1} ${sag} ${x2} ${sag} ${x2} ${y2}`}
            fill="none"
            stroke="#e3c4f7"
            strokeWidth={5}
            strokeLinecap="round"
          />
        );
      })}
    </svg>
  );
}
