/** A point of the unit square: x to the right, y downwards. */
export type Point = readonly [x: number, y: number];
/** A line of the pen, through its points: smooth unless it is `sharp`. */
export interface Stroke {
  readonly points: readonly Point[];
  readonly sharp?: true;
}

/** The ways in which people write each digit; x and y in hundredths. */
export const SHAPES: readonly (readonly (readonly Stroke[])[])[] = [
  [
    [loop(0.5, 0.5, 0.3, 0.44)],
    [loop(0.5, 0.5, 0.22, 0.45)],
    [smooth('62 10, 30 22, 20 60, 42 92, 74 70, 76 30, 52 8, 42 16')],
  ],
  [[sharp('50 6, 50 94')], [sharp('30 26, 54 6, 54 94')], [sharp('30 24, 52 6, 52 92'), sharp('28 93, 76 93')]],
  [
    [smooth('22 30, 34 10, 62 8, 76 28, 60 54, 20 92'), sharp('20 92, 82 92')],
    [smooth('24 26, 48 6, 74 24, 60 56, 30 86, 24 76, 42 78, 64 92, 84 86')],
  ],
  [
    [smooth('24 16, 50 6, 72 20, 64 40, 42 47, 70 56, 76 78, 50 94, 22 84')],
    [sharp('24 9, 74 9, 44 42'), smooth('44 42, 72 52, 76 76, 52 94, 22 86')],
  ],
  [
    [sharp('30 6, 20 56, 84 56'), sharp('66 8, 64 95')],
    [sharp('64 95, 64 6, 16 64, 86 64')],
    [smooth('24 10, 22 42, 44 54, 72 40'), sharp('74 8, 70 95')],
  ],
  [
    [sharp('74 8, 32 8, 28 46'), smooth('28 46, 56 38, 76 60, 62 88, 24 88')],
    [smooth('78 6, 40 10, 32 40, 62 46, 70 74, 46 94, 20 82')],
  ],
  [
    [smooth('66 6, 36 34, 24 70, 46 94, 72 78, 62 54, 28 66')],
    [smooth('44 5, 28 40, 28 78, 52 94, 76 74, 56 52, 28 66')],
  ],
  [
    [sharp('20 10, 78 10, 42 94')],
    [sharp('22 12, 78 10, 40 94'), sharp('36 52, 74 50')],
    [smooth('20 24, 24 10, 76 10, 56 46, 46 94')],
  ],
  [
    [loop(0.5, 0.28, 0.22, 0.2), loop(0.5, 0.7, 0.26, 0.23)],
    [smooth('70 16, 44 6, 30 26, 68 62, 62 90, 36 90, 32 66, 70 32, 68 14')],
  ],
  [
    [loop(0.46, 0.3, 0.23, 0.22), smooth('70 20, 68 60, 56 94')],
    [smooth('72 26, 50 6, 28 26, 46 50, 72 30, 70 66, 54 94, 28 86')],
  ],
];

function smooth(points: string): Stroke {
  return { points: pointsOf(points) };
}

function sharp(points: string): Stroke {
  return { points: pointsOf(points), sharp: true };
}

function pointsOf(text: string): Point[] {
  return text.split(', ').map((pair): Point => {
    const [x = 0, y = 0] = pair.split(' ').map((hundredths) => Number(hundredths) / 100);
    return [x, y];
  });
}

function loop(x: number, y: number, width: number, height: number): Stroke {
  const corners = 10;
  const points = Array.from({ length: corners + 1 }, (_, index): Point => {
    const angle = (2 * Math.PI * index) / corners - Math.PI / 2;
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  });
  return { points };
}
