import { make } from '../elements.ts';

export interface Bar {
  readonly title: string;
  /** What is written beside the bar. */
  readonly value: string;
  /** The bar's parts, one after the other: how long, and in which colour. */
  readonly parts: readonly { readonly length: number; readonly colour: string; readonly title?: string }[];
  /** What is read out instead of a drawing. */
  readonly summary: string;
}

/** Horizontal bars on one scale. */
export function barChart(bars: readonly Bar[]): HTMLElement {
  const longest = Math.max(...bars.map(({ parts }) => parts.reduce((sum, { length }) => sum + length, 0)));
  const rows = bars.map(({ title, value, parts, summary }) => {
    const track = make('span', { className: 'track', ariaHidden: 'true' });
    for (const part of parts) {
      const piece = make('span', { title: part.title ?? '' });
      piece.style.width = `${(100 * part.length) / longest || 0}%`;
      piece.style.background = part.colour;
      track.append(piece);
    }
    const seen = [make('span', { textContent: title }), make('span', { className: 'value', textContent: value })];
    for (const part of seen) part.ariaHidden = 'true';
    return make('li', {}, make('span', { className: 'unseen', textContent: summary }), ...seen, track);
  });
  return make('ul', { className: 'bar-chart' }, ...rows);
}
