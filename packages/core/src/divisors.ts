import { listText } from './text.ts';

/** How many numbers are tried: a file can ask for 2⁵³ channels, and the roots of that are too many. */
const MOST_TRIED = 100_000;
const MOST_SHOWN = 16;

/** The divisors of a number for a message: all of them, or the smallest and the number itself. */
export function divisorsText(number: number): string {
  const root = Math.floor(Math.sqrt(number));
  const last = Math.min(root, MOST_TRIED);
  const small: number[] = [];
  for (let divisor = 1; divisor <= last && small.length < MOST_SHOWN; divisor++) {
    if (number % divisor === 0) small.push(divisor);
  }
  const large = small.map((divisor) => number / divisor).filter((divisor) => divisor > root);
  const found = [...small, ...large.reverse()];
  const shown = found.length > MOST_SHOWN ? [...found.slice(0, MOST_SHOWN - 1), number] : found;
  const untried = last < root && small.length < MOST_SHOWN - 1;
  return untried
    ? `${listText(shown)} (divisors between ${last} and ${Math.floor(number / last)} were not looked for)`
    : listText(shown);
}
