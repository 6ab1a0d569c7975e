/** Pixels of a side, and of a picture. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
/** Digits. */
export const CLASSES = 10;
