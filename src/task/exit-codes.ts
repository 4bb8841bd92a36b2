/** 64-79 fail the Job at once (podFailurePolicy); every other code but 0 is tried again within limits.retries. */
export const exitCodes = {
  success: 0,
  retriable: 1,
  permanent: 64,
  taskInvalid: 65,
  interrupted: 143,
} as const;
export const permanentExitCodes: readonly number[] = Array.from({ length: 16 }, (_, i) => 64 + i);
/** What a container ends with that was killed before it could say anything: 128 + SIGKILL. */
export const killedExitCode = 137;
