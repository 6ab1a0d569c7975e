/** The path of a Chromium, or undefined. CHROMIUM names one that is elsewhere. */
export function findChromium(): string | undefined;
