/** What a person asked for cannot be begun. `message` is one line: what is wrong, where, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
