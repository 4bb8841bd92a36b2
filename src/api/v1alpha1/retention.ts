import { z } from 'zod';

const count = z.int().min(0).max(10_000);
const perPeriod = (name: string, period: string): z.ZodOptional<z.ZodInt> =>
  count
    .describe(
      `${name} is for how many ${period}, counted from the newest that has one, the newest verified run is kept. 0 or absent: none by this rule.`,
    )
    .optional();

export const RetentionSpec = z.strictObject({
  keepLast: count
    .describe('keepLast is how many of the newest verified runs are kept. 0 or absent: none by this rule.')
    .optional(),
  keepHourly: perPeriod('keepHourly', 'hours'),
  keepDaily: perPeriod('keepDaily', 'days'),
  keepWeekly: perPeriod('keepWeekly', 'ISO weeks'),
  keepMonthly: perPeriod('keepMonthly', 'months'),
  keepYearly: perPeriod('keepYearly', 'years'),
  maximumAgeSeconds: z
    .int()
    .min(0)
    .max(3_155_760_000)
    .describe(
      'maximumAgeSeconds is the age in seconds above which no rule keeps a run, save minimumVerified. 0 or absent: no limit.',
    )
    .optional(),
  minimumVerified: z
    .int()
    .min(1)
    .max(10_000)
    .describe(
      'minimumVerified is how many of the newest verified runs stay whatever the other rules say; the last good run always does.',
    )
    .default(2),
  hold: z.boolean().describe('hold stops every removal while it is true.').default(false),
});
export type RetentionSpec = z.infer<typeof RetentionSpec>;
