import { SIDE } from '@normkit/shelf/tutorial/picture';
import { element } from '../elements.ts';
import { words } from '../language/language.ts';
import type { Pad, Place } from './pad.ts';

const DIRECTIONS: Readonly<Record<string, Place>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Of the side at each press, or repetition, of an arrow key: a pixel of the picture. */
const STEP = 1 / SIDE;

/** A pen that arrow keys move, two of them aslant, and that the space bar puts down and lifts. */
export class KeyboardPen {
  private readonly pad: Pad;
  private readonly mark = element('pen-mark', HTMLElement);
  private readonly state = element('pen-state', HTMLElement);
  private readonly held = new Set<string>();
  private place: Place = [0.5, 0.5];
  private isDown = false;

  constructor(pad: Pad) {
    this.pad = pad;
    const paper = element('paper', HTMLElement);
    paper.addEventListener('keydown', (event) => this.press(event));
    paper.addEventListener('keyup', ({ key }) => this.held.delete(key));
    paper.addEventListener('blur', () => {
      this.held.clear();
      this.isDown = false;
      this.show();
    });
    this.show();
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in DIRECTIONS) {
      this.held.add(event.key);
      this.move();
    } else if (event.key === ' ') {
      if (!event.repeat) this.turn();
    } else return;
    // Or else the page scrolls.
    event.preventDefault();
    this.show();
  }

  private move(): void {
    const from = this.place;
    const along = (axis: 0 | 1) => {
      const steps = [...this.held].reduce((sum, key) => sum + (DIRECTIONS[key]?.[axis] ?? 0), 0);
      return Math.min(1, Math.max(0, from[axis] + STEP * steps));
    };
    this.place = [along(0), along(1)];
    if (this.isDown) this.pad.draw(from, this.place);
  }

  private turn(): void {
    this.isDown = !this.isDown;
    if (this.isDown) this.pad.draw(this.place, this.place);
    this.state.textContent = this.isDown ? words().penDown : words().penUp;
  }

  private show(): void {
    const [x, y] = this.place;
    Object.assign(this.mark.style, { left: `${100 * x}%`, top: `${100 * y}%` });
    this.mark.classList.toggle('down', this.isDown);
  }
}
