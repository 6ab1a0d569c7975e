import { SIDE } from '@normkit/shelf/tutorial/picture';
import { describe, expect, it } from 'vitest';
import { centred } from '../../src/web/drawing/centred.ts';

const side = 140;

/** A drawing with a filled rectangle. */
function rectangle(left: number, top: number, width: number, height: number) {
  const ink = new Uint8Array(side * side);
  for (let y = top; y < top + height; y++) ink.fill(255, y * side + left, y * side + left + width);
  return { side, ink };
}

/** The rows and columns of a picture that have ink. */
function extentOf(picture: Uint8Array) {
  const inked = [...picture.keys()].filter((pixel) => (picture[pixel] ?? 0) > 100);
  const [rows, columns] = [inked.map((pixel) => Math.floor(pixel / SIDE)), inked.map((pixel) => pixel % SIDE)];
  return { rows: [Math.min(...rows), Math.max(...rows)], columns: [Math.min(...columns), Math.max(...columns)] };
}

describe('a drawing becomes a picture as in MNIST', () => {
  it.each([
    ['small, in a corner', rectangle(3, 5, 10, 40)],
    ['large', rectangle(50, 0, 35, 140)],
    ['less than a pixel of the picture to one of the drawing', rectangle(100, 100, 3, 12)],
  ])('%s: twenty pixels high, in the middle', (_, drawing) => {
    expect(extentOf(centred(drawing) ?? new Uint8Array())).toEqual({
      rows: [4, 23],
      columns: [12, 15].map(near(11, 16)),
    });
  });

  it('without ink there is none', () => {
    expect(centred({ side, ink: new Uint8Array(side * side).fill(10) })).toBeUndefined();
  });
});

function near(least: number, most: number) {
  return () => expect.toSatisfy((value: number) => value >= least && value <= most);
}
