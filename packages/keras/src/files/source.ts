import { valueText } from '@normkit/core/errors';
import { KerasFileError, nameText } from './keras-file-error.ts';
import { tooLarge } from './unfolding.ts';

/** Bytes, a file of a form, an address, or in Node, Bun and Deno a path. */
export type KerasSource = Uint8Array | ArrayBuffer | Blob | URL | string;

export interface FetchProgress {
  readonly loaded: number;
  /** Bytes in all, where the server says how many. */
  readonly total: number | undefined;
}

export interface OpenOptions {
  /** Told of each piece that arrives from an address. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /**
   * The largest file that is opened, and the most bytes that a compressed one may unfold to. Default 4 GiB for the file;
   * 64 MiB and 8 times the file's size for what it unfolds to.
   */
  readonly maxBytes?: number;
  /** Gives a file that lies beside the source: the shards of an index. Not needed for a path or an address. */
  readonly beside?: (name: string) => KerasSource;
}

export interface Sourced {
  readonly bytes: Uint8Array;
  /** A file beside this one. Undefined where the source has no place. */
  readonly beside: ((name: string) => KerasSource) | undefined;
}

type Limits = { readonly maxBytes: number } & Pick<OpenOptions, 'onProgress'>;

export async function readSource(source: KerasSource, limits: Limits): Promise<Sourced> {
  if (typeof source === 'string' || source instanceof URL) return readAddress(String(source), limits);
  const bytes = await bytesOf(source, limits.maxBytes);
  if (bytes.length > limits.maxBytes) throw tooLarge(bytes.length, limits.maxBytes);
  return { bytes, beside: undefined };
}

async function bytesOf(source: unknown, maxBytes: number): Promise<Uint8Array> {
  if (isA(source, 'ArrayBuffer')) return new Uint8Array(source as ArrayBuffer);
  if (source instanceof Blob) {
    if (source.size > maxBytes) throw tooLarge(source.size, maxBytes);
    return new Uint8Array(await source.arrayBuffer());
  }
  if (ArrayBuffer.isView(source)) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    // TextDecoder of browsers takes no shared memory, and another thread could change what was checked.
    return isA(bytes.buffer, 'ArrayBuffer') ? bytes : bytes.slice();
  }
  const detail = `expected a Uint8Array, ArrayBuffer, Blob, File, URL or string. Got ${valueText(source)}.`;
  throw new KerasFileError('source', 'the argument', detail);
}

/** By name: a buffer of a frame, or of a test's environment, is of another ArrayBuffer. */
function isA(source: unknown, name: string): boolean {
  return Object.prototype.toString.call(source) === `[object ${name}]`;
}

/** Node, Bun and Deno read files of paths; a page has addresses alone, which may be relative. */
const { process } = globalThis as { process?: { readonly versions?: { readonly node?: string } } };
const hasFiles = process?.versions?.node !== undefined;

async function readAddress(address: string, limits: Limits): Promise<Sourced> {
  // One letter and a colon is a drive of Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
  if (hasFiles && (scheme === undefined || scheme === 'file')) return readFile(address, scheme === 'file', limits);
  const bytes = await fetchBytes(address, limits);
  const beside = scheme === 'blob' || scheme === 'data' ? undefined : (name: string) => besideAddress(address, name);
  return { bytes, beside };
}

/** `a/b?x` and `c` give `a/c?x`: a signature in the query is often good for the folder. */
function besideAddress(address: string, name: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(address) ?? [];
  return `${path.slice(0, path.lastIndexOf('/') + 1)}${encodeURIComponent(name)}${query}`;
}

async function readFile(address: string, isUrl: boolean, { maxBytes }: Limits): Promise<Sourced> {
  const { files, paths, urls } = await nodeModules();
  try {
    const path = isUrl ? urls.fileURLToPath(address) : address;
    const { size } = await files.stat(path);
    if (size > maxBytes) throw tooLarge(size, maxBytes);
    // A Buffer is no plain Uint8Array: its slice is a view.
    const bytes = await bytesOf(await files.readFile(path), maxBytes);
    return { bytes, beside: (name) => paths.join(paths.dirname(path), name) };
  } catch (error) {
    if (error instanceof KerasFileError) throw error;
    const said = (error as Error).message;
    const cure = said.includes('EISDIR') ? ' A folder is a SavedModel: save the model as .keras in Python.' : '';
    throw new KerasFileError('source', nameText(address), `cannot be read: ${valueText(said)}.${cure}`);
  }
}

interface NodeModules {
  readonly files: {
    stat(path: string): Promise<{ readonly size: number }>;
    readFile(path: string): Promise<Uint8Array>;
  };
  readonly paths: { dirname(path: string): string; join(...parts: string[]): string };
  readonly urls: { fileURLToPath(url: string): string };
}

/** The names stand in variables for bundlers of pages, which would look for these modules. */
async function nodeModules(): Promise<NodeModules> {
  const names = ['node:fs/promises', 'node:path', 'node:url'];
  const [files, paths, urls] = await Promise.all(
    names.map((name) => import(/* @vite-ignore */ /* webpackIgnore: true */ name)),
  );
  return { files, paths, urls };
}

async function fetchBytes(address: string, { maxBytes, onProgress }: Limits): Promise<Uint8Array> {
  const response = await arriving(address, () => fetch(address));
  if (!response.ok) {
    const got = `Got ${response.status} ${nameText(response.statusText)}`;
    const detail = `expected the file. ${got}: check the address and who may read it.`;
    throw new KerasFileError('source', nameText(address), detail);
  }
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  const total = length > 0 ? length : undefined;
  if (length > maxBytes) throw tooLarge(length, maxBytes);
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body?.getReader();
  const next = () => arriving(address, async () => (await reader?.read())?.value);
  for (let piece = await next(); piece !== undefined; piece = await next()) {
    pieces.push(piece);
    loaded += piece.length;
    if (loaded > maxBytes) {
      await reader?.cancel();
      throw tooLarge(loaded, maxBytes);
    }
    onProgress?.({ loaded, total });
  }
  return joined(pieces, loaded);
}

async function arriving<Result>(address: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const said = valueText((error as Error).message);
    const detail = `cannot be fetched: ${said}. Check the address, and that its server allows this site (CORS).`;
    throw new KerasFileError('source', nameText(address), detail);
  }
}

/** Lets each piece go as it is copied. */
function joined(pieces: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
