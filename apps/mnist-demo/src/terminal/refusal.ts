/** What was asked for cannot be done: one line that says why, and what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
