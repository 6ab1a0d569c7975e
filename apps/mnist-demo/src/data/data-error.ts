/** Data that cannot be used as they are: the message names the file, what was expected and what was found. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
