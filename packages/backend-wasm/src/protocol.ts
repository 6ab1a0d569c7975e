/*
 * What assembly/ and src/ must agree on, in one file that AssemblyScript's compiler and TypeScript's both read. The
 * rest of the agreement is a type: modules.generated.ts has the module's functions as AssemblyScript declares them.
 */

/** The rows of the statistics. stats-rows.ts does not compile where core counts them otherwise. */
export const MEAN = 0;
export const VARIANCE = 1;
export const MEAN_LOW = 2;
export const DEVIATION = 3;

/** How the kernels take segments of few elements: not in a way of their own, or by what has one gamma. */
export const NOT_SHORT = 0;
export const GAMMA_PER_SEGMENT = 1;
export const GAMMA_PER_ELEMENT = 2;
