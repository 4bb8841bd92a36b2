import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../domain/failure.ts';

type Verdict = readonly [FailureReason, string];

/** By the code of a file system's error: what it means for `claim`, while `doing` something. */
const verdicts: Readonly<Record<string, (claim: string, doing: string) => Verdict>> = {
  ENOSPC: (claim, doing) => ['StoreFull', `volume ${claim} is full while ${doing}: enlarge it or make room`],
  EDQUOT: (claim, doing) => ['StoreFull', `the quota of volume ${claim} is used up while ${doing}: raise it`],
  EFBIG: (claim, doing) => ['ObjectTooLarge', `volume ${claim} takes no file so large, while ${doing}`],
  EROFS: (claim, doing) => [
    'StoreReadOnly',
    `volume ${claim} is mounted read-only, so that ${doing} is not possible: mount it for writing`,
  ],
  EACCES: denied,
  EPERM: denied,
  ESTALE: (claim, doing) => ['StoreUnreachable', `volume ${claim} lost its server while ${doing}`],
  EIO: (claim, doing) => ['StoreFailed', `volume ${claim} reports an input/output error while ${doing}`],
  ENOTDIR: (claim, doing) => [
    'StoreFailed',
    `a file of volume ${claim} stands where a folder must be, while ${doing}`,
  ],
  EISDIR: (claim, doing) => [
    'StoreFailed',
    `a folder of volume ${claim} stands where a file must be, while ${doing}`,
  ],
  ELOOP: (claim, doing) => [
    'StoreFailed',
    `a symbolic link of volume ${claim} stands in the way while ${doing}`,
  ],
};

function denied(claim: string, doing: string): Verdict {
  const how = doing.startsWith('reading') ? 'readable' : 'writable';
  return [
    how === 'readable' ? 'StoreAccessDenied' : 'StoreReadOnly',
    `volume ${claim} is not ${how} for the worker (uid ${process.getuid?.() ?? '?'}) while ${doing}: give its group the right`,
  ];
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What to throw for `error`: errors that do not come from the file system are returned as they are. */
export function volumeFault(error: unknown, claim: string, doing: string): unknown {
  const code = codeOf(error);
  if (error instanceof Failure || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const [reason, message] = verdicts[code]?.(claim, doing) ?? [
    'StoreFailed' as const,
    `volume ${claim} failed with ${code} while ${doing}`,
  ];
  return new Failure(reason, message, { cause: error });
}
