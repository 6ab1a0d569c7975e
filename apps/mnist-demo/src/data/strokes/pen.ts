import { SIDE } from '@normkit/shelf/tutorial/picture';
import type { Point, Stroke } from './shapes.ts';

/** Straight pieces between two points of a smooth stroke. */
const PIECES = 5;

/** The points of a stroke as a line of short straight pieces: a Catmull-Rom spline, or the points themselves. */
export function lineOf({ points, sharp }: Stroke): readonly Point[] {
  if (sharp) return points;
  const at = (index: number): Point => points[Math.max(0, Math.min(points.length - 1, index))] ?? [0, 0];
  const line: Point[] = [];
  for (let index = 0; index + 1 < points.length; index++) {
    const around = [at(index - 1), at(index), at(index + 1), at(index + 2)] as const;
    for (let piece = 0; piece < PIECES; piece++) line.push(spline(around, piece / PIECES));
  }
  line.push(at(points.length - 1));
  return line;
}

function spline([a, b, c, d]: readonly [Point, Point, Point, Point], t: number): Point {
  const coordinate = (axis: 0 | 1) => {
    const slopeIn = (c[axis] - a[axis]) / 2;
    const slopeOut = (d[axis] - b[axis]) / 2;
    const step = c[axis] - b[axis];
    return b[axis] + t * (slopeIn + t * (3 * step - 2 * slopeIn - slopeOut + t * (slopeIn + slopeOut - 2 * step)));
  };
  return [coordinate(0), coordinate(1)];
}

/**
 * Draws a line with a round pen: each pixel gets as much of 1 as the pen covers of it, nearly. Points are in pixels;
 * `radius` is half the line's width.
 */
export function draw(picture: Float32Array, line: readonly Point[], radius: number): void {
  for (let index = 0; index + 1 < line.length; index++) {
    const from: Point = line[index] ?? [0, 0];
    const to: Point = line[index + 1] ?? [0, 0];
    const reach = radius + 1;
    const [left, right] = range(from[0], to[0], reach);
    const [top, bottom] = range(from[1], to[1], reach);
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const ink = Math.min(1, Math.max(0, radius + 0.5 - distance(x, y, from, to)));
        const place = y * SIDE + x;
        if (ink > (picture[place] ?? 0)) picture[place] = ink;
      }
    }
  }
}

function range(a: number, b: number, reach: number): [number, number] {
  return [Math.max(0, Math.floor(Math.min(a, b) - reach)), Math.min(SIDE - 1, Math.ceil(Math.max(a, b) + reach))];
}

function distance(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(1, Math.max(0, along));
  // Math.hypot guards against overflow, and takes ten times as long.
  return Math.sqrt((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
}
