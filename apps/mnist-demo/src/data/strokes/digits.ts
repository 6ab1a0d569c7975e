import { CLASSES, PIXELS, SIDE } from '@normkit/shelf/tutorial/picture';
import seedrandom from 'seedrandom';
import type { DigitSet, Digits } from '../../tutorial/digits.ts';
import { draw, lineOf } from './pen.ts';
import { type Point, SHAPES, type Stroke } from './shapes.ts';

const TRAIN = 10_000;
const TEST = 2_000;

/**
 * Digits for where MNIST is not to be had: strokes with shaky points, turned, slanted, stretched and moved at random,
 * drawn with pens of several widths, with noise on top. The same at every call.
 */
export function builtInDigits(): DigitSet {
  drawn ??= {
    source: 'built-in digits (drawn by the program)',
    train: drawDigits(TRAIN, 'train'),
    test: drawDigits(TEST, 'test'),
  };
  return drawn;
}

let drawn: DigitSet | undefined;

export function drawDigits(count: number, seed: string): Digits {
  const random = new Random(`normkit digits ${seed}`);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const digit = Math.floor(random.uniform(0, CLASSES));
    labels[index] = digit;
    images.set(drawDigit(digit, random), index * PIXELS);
  }
  return { images, labels };
}

function drawDigit(digit: number, random: Random): Uint8Array {
  const ways = SHAPES[digit] ?? [];
  const strokes = ways[Math.floor(random.uniform(0, ways.length))] ?? [];
  const place = placement(random);
  const radius = random.uniform(0.6, 1.7);
  const shake = random.uniform(0.01, 0.045);
  const picture = new Float32Array(PIXELS);
  for (const stroke of strokes) draw(picture, lineOf(shaken(stroke, shake, random)).map(place), radius);
  const brightness = random.uniform(0.65, 1);
  const noise = random.uniform(0, 0.16);
  return Uint8Array.from(picture, (ink) => {
    const value = ink * brightness + noise * random.uniform(-1.7, 1.7);
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  });
}

function shaken({ points, ...rest }: Stroke, by: number, random: Random): Stroke {
  const move = (value: number) => value + by * random.normal();
  return { ...rest, points: points.map(([x, y]): Point => [move(x), move(y)]) };
}

/** From the unit square to pixels: turned, slanted, stretched and moved. */
function placement(random: Random): (point: Point) => Point {
  const turn = 0.2 * random.normal();
  const slant = 0.22 * random.normal();
  const [width, height] = [random.uniform(0.55, 0.85) * SIDE, random.uniform(0.6, 0.85) * SIDE];
  const [right, down] = [1.6 * random.normal(), 1.6 * random.normal()];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return ([x, y]) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - slant * v;
    return [SIDE / 2 + u * cos - v * sin + right, SIDE / 2 + u * sin + v * cos + down];
  };
}

class Random {
  private readonly next: () => number;

  constructor(seed: string) {
    this.next = seedrandom.alea(seed);
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** By Box and Muller's method. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
