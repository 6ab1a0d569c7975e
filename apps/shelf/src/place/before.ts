/**
 * What has to be done in a place before TensorFlow.js's backend of that name is imported. Which place it is, package.json
 * says: its `#place` is `page.ts` for a browser's bundler, and else `node.ts`.
 */
export type Before = Readonly<Partial<Record<string, () => Promise<unknown>>>>;
