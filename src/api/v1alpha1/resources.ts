import { z } from 'zod';
import { celPattern, withRule } from '../rule.ts';
import { quantityValue } from './quantity.ts';

const quantity = (pattern: RegExp, message: string): z.ZodUnion<[z.ZodString, z.ZodInt]> =>
  withRule(z.union([z.string().min(1).max(20), z.int().min(0).max(1_000_000_000_000_000)]), {
    holds: (value) => typeof value === 'number' || pattern.test(value),
    cel: `type(self) == int || self.matches(${celPattern(pattern)})`,
    message,
  });

const cores = quantity(/^[0-9]+(\.[0-9]+)?m?$/, 'must be cores, as 2, 0.5 or 500m');
// No `m`: 512m of memory is half a byte, and was meant as 512Mi.
const bytes = quantity(
  /^[0-9]+(\.[0-9]+)?([kMGTP]|[KMGTP]i)?$/,
  'must be bytes, as 512Mi, 1.5Gi or 2G; m would be thousandths of a byte',
);

const amounts = z.strictObject({
  cpu: cores.describe('cpu is processor time in cores: 500m is half a core.').exactOptional(),
  memory: bytes.describe('memory is memory in bytes, with a suffix like Mi or Gi.').exactOptional(),
  'ephemeral-storage': bytes
    .describe('ephemeral-storage is room on the disk of the node in bytes, with a suffix like Mi or Gi.')
    .exactOptional(),
});

const fieldsFor = (whom: string) =>
  z.strictObject({
    requests: amounts
      .describe(
        `requests is what the scheduler sets aside for the ${whom}. Absent: what the installation says.`,
      )
      .exactOptional(),
    limits: amounts
      .describe(`limits is what the ${whom} may use at most. Absent: what the installation says.`)
      .exactOptional(),
  });
type Resources = ReturnType<typeof fieldsFor>;

const names = ['cpu', 'memory', 'ephemeral-storage'] as const;

/** Requests and limits of a container; the API server would refuse the Job, long after, if a request were larger. */
export function resourcesOf(whom: string): Resources {
  return names.reduce((schema, name) => {
    const field = name.replace('-', '__dash__');
    const sides = ['self.requests', 'self.limits'];
    const both = sides.map((side) => `has(${side}) && has(${side}.${field})`).join(' && ');
    // Of what is no quantity the field itself speaks.
    const readable = sides.map((side) => `isQuantity(string(${side}.${field}))`).join(' && ');
    const [request, limit] = sides.map((side) => `quantity(string(${side}.${field}))`);
    return withRule(schema, {
      holds: ({ requests, limits }) => fits(requests?.[name], limits?.[name]),
      cel: `!(${both}) || !(${readable}) || !${String(request)}.isGreaterThan(${String(limit)})`,
      message: `requests.${name} must not be larger than limits.${name}`,
    });
  }, fieldsFor(whom));
}

function fits(request: string | number | undefined, limit: string | number | undefined): boolean {
  const [asked, allowed] = [quantityValue(request ?? ''), quantityValue(limit ?? '')];
  return asked === undefined || allowed === undefined || asked <= allowed;
}
