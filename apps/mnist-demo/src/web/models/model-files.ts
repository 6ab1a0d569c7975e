import { make } from '../elements.ts';
import type { ModelFiles, PickedModel } from '../service.ts';

/** Hands both files to the browser's downloads. */
export function saveFiles({ json, weights }: ModelFiles, name: string): void {
  save(
    `${name}.json`,
    new Blob([json.replace('"weights.bin"', `"${name}.weights.bin"`)], { type: 'application/json' }),
  );
  save(`${name}.weights.bin`, new Blob([weights as BlobPart]));
}

/** A model with its optimizer takes 11 MB, and the history of a million steps 25 MB. */
const MOST_BYTES = 2 ** 26;

/** Of the files that somebody picked, the two of a model. */
export async function pickedFiles(files: FileList | null): Promise<PickedModel | undefined> {
  const picked = [...(files ?? [])];
  const json = picked.find(({ name }) => name.endsWith('.json'));
  const weights = picked.find(({ name }) => name.endsWith('.bin'));
  if (!json || !weights) return undefined;
  for (const { name, size } of [json, weights]) {
    if (size > MOST_BYTES) throw new Error(`${name}: ${size} bytes are more than a model of this page has.`);
  }
  return { name: json.name, json: await json.text(), weights: new Uint8Array(await weights.arrayBuffer()) };
}

function save(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  make('a', { href, download: name }).click();
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
