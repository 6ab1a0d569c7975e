/** The path of a Chromium, or undefined. CHROMIUM names one that is elsewhere. */
export function findChromium(): string | undefined;

/** WebGPU on Chromium's software adapter, which needs no GPU. */
export const softwareWebGPU: readonly string[];

/** WebGL likewise. */
export const softwareWebGL: readonly string[];

/** How Playwright is to launch that Chromium, in as long as a busy machine may take. */
export function launchOptions(flags?: readonly string[]): { executablePath?: string; args: string[]; timeout: number };
