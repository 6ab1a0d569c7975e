/** Okabe and Ito's colours, darkened or lightened to 3:1 on either page, which colour-blind readers can tell apart. */
const COLOURS = 7;

/** A run's colour, for CSS. */
export function colourOf(index: number): string {
  return `var(--run-${index % COLOURS})`;
}

/** What a canvas is drawn with: it does not know CSS's variables. */
export function inkOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function canvasColourOf(index: number): string {
  return inkOf(`--run-${index % COLOURS}`);
}

/** Called when the reader's system turns dark or light. */
export function onScheme(listener: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}
