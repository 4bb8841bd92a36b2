import { z } from 'zod';
import { time } from './status-fields.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** metav1.Condition. Times are RFC 3339 in UTC with whole seconds. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

const condition = z.strictObject({
  type: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Z][A-Za-z]*$/)
    .describe('type is what the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('status says whether it holds.'),
  reason: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Z][A-Za-z]*$/)
    .describe('reason is why, in one word of a closed list; each has its line in the documentation.'),
  message: z.string().max(32_768).describe('message is why, for a person, and what to do about it.'),
  observedGeneration: z
    .int()
    .min(0)
    .describe('observedGeneration is the generation of the spec that the condition was made from.')
    .exactOptional(),
  lastTransitionTime: time.describe('lastTransitionTime is when status last changed.'),
});

/** The conditions of a kind, one of each type. */
export const Conditions = z
  .array(condition)
  .max(16)
  .describe('conditions say how the object is, one of each type.')
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
