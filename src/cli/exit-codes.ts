/** What a command of a person or of a CI system ends with. */
export const cliExitCodes = {
  /** Done; a drill passed; everything that was verified holds. */
  success: 0,
  /** A backup or a drill failed; something that was verified does not hold. */
  failed: 1,
  /** A drill could not be carried out to a verdict: nothing is said about the backup. */
  inconclusive: 2,
  /** The command line or the files cannot be used (EX_USAGE); nothing was begun. */
  usage: 64,
  /** A fault in pgcairn (EX_SOFTWARE). */
  fault: 70,
} as const;
