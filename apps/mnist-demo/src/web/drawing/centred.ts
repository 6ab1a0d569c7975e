import { PIXELS, SIDE } from '@normkit/shelf/tutorial/picture';

/** MNIST's digits fit into a box of 20 pixels, and their centre of mass lies in the middle. */
const BOX = 20;
/** Fainter ink is noise. */
const FAINT = 24;

/** Ink of a square drawing, one byte a pixel, row by row. */
export interface Drawing {
  readonly side: number;
  readonly ink: Uint8Array;
}

/** A drawing as MNIST's authors made their pictures of scans; `undefined` where there is no ink. */
export function centred({ side, ink }: Drawing): Uint8Array | undefined {
  let [left, right, top, bottom] = [side, -1, side, -1];
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = ink[y * side + x] ?? 0;
      if (value < FAINT) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      mass += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
    }
  }
  if (mass === 0) return undefined;
  // Pixels of the drawing in one of the picture.
  const scale = Math.max(right - left + 1, bottom - top + 1) / BOX;
  const [startX, startY] = [sumX / mass - (scale * SIDE) / 2, sumY / mass - (scale * SIDE) / 2];
  const picture = new Uint8Array(PIXELS);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [startX + column * scale, startY + row * scale];
      picture[row * SIDE + column] = meanInk({ side, ink }, x, y, scale);
    }
  }
  return picture;
}

/** Of the square that starts there: from a drawing with many pixels in one of the picture, the mean of those. */
function meanInk({ side, ink }: Drawing, startX: number, startY: number, size: number): number {
  let [sum, count] = [0, 0];
  for (let y = Math.floor(startY); y < Math.max(startY + size, Math.floor(startY) + 1); y++) {
    for (let x = Math.floor(startX); x < Math.max(startX + size, Math.floor(startX) + 1); x++) {
      const isInside = x >= 0 && x < side && y >= 0 && y < side;
      sum += isInside ? (ink[y * side + x] ?? 0) : 0;
      count++;
    }
  }
  return Math.round(sum / count);
}
