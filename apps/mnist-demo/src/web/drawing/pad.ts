import { PIXELS, SIDE } from '@normkit/shelf/tutorial/picture';
import type { Drawing } from './centred.ts';

/** Of the side. Digits of MNIST are strokes of two to three pixels of 28. */
const PEN = 0.085;

/** On the pad: 0 is left and top, 1 right and bottom. */
export type Place = readonly [x: number, y: number];

/** White ink on a black canvas, as in the data. */
export class Pad {
  private readonly canvas: HTMLCanvasElement;
  private readonly ink: CanvasRenderingContext2D;
  private readonly onDraw: () => void;
  private last: Place | undefined;
  private isPicture = false;

  constructor(canvas: HTMLCanvasElement, onDraw: () => void) {
    this.canvas = canvas;
    this.ink = contextOf(canvas);
    this.onDraw = onDraw;
    this.clear();
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = this.placeOf(event);
      this.draw(this.last, this.last);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.last) return;
      const coalesced = event.getCoalescedEvents?.() ?? [];
      for (const each of coalesced.length > 0 ? coalesced : [event]) {
        const place = this.placeOf(each);
        this.draw(this.last, place);
        this.last = place;
      }
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, () => {
        this.last = undefined;
      });
    }
  }

  clear(): void {
    this.isPicture = false;
    this.ink.fillStyle = '#000';
    this.ink.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Puts a picture on the pad, to be looked at. Who draws begins anew. */
  show(pixels: Uint8Array): void {
    const small = document.createElement('canvas');
    showPicture(small, pixels);
    this.ink.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
    this.isPicture = true;
  }

  read(): Drawing {
    const side = this.canvas.width;
    const { data } = this.ink.getImageData(0, 0, side, side);
    return { side, ink: Uint8Array.from({ length: side * side }, (_, pixel) => data[4 * pixel] ?? 0) };
  }

  /** A line, or a dot. */
  draw(from: Place, to: Place): void {
    if (this.isPicture) this.clear();
    const side = this.canvas.width;
    Object.assign(this.ink, { lineWidth: PEN * side, lineCap: 'round', strokeStyle: '#fff' });
    this.ink.beginPath();
    this.ink.moveTo(side * from[0], side * from[1]);
    this.ink.lineTo(side * to[0], side * to[1]);
    this.ink.stroke();
    this.onDraw();
  }

  private placeOf({ offsetX, offsetY }: PointerEvent): Place {
    return [offsetX / this.canvas.clientWidth, offsetY / this.canvas.clientHeight];
  }
}

/** A picture pixel by pixel. */
export function showPicture(canvas: HTMLCanvasElement, pixels: Uint8Array): void {
  [canvas.width, canvas.height] = [SIDE, SIDE];
  const image = new ImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const value = pixels[pixel] ?? 0;
    image.data.set([value, value, value, 255], 4 * pixel);
  }
  contextOf(canvas).putImageData(image, 0, 0);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser cannot draw on a canvas.');
  return context;
}
