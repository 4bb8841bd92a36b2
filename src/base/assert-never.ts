/** Ends a switch over a closed union; the compiler refuses the call while a member is unhandled. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
