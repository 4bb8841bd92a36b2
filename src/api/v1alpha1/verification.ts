import { z } from 'zod';

/** The rungs that a run can reach, lowest first. */
export const VerificationLevel = z.enum(['Stored', 'Decoded', 'Inventoried']);
export type VerificationLevel = z.infer<typeof VerificationLevel>;
