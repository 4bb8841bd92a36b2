import type { Rule } from './gate-server.ts';

/** Ten moments of a run, in their order. A run stops at its moment, and what is killed is killed there. */
export interface Moment {
  readonly name: string;
  /** Absent: the pod waits for a node. */
  readonly at?: Omit<Rule, 'name'>;
  /** False once the dump is whole: what is left concerns the store alone. */
  readonly needsPostgres: boolean;
  /** Its backup is made anew for each round, with an empty folder: only a first run does this. */
  readonly isFirstRun?: true;
}

export const moments: readonly Moment[] = [
  { name: 'pending', needsPostgres: true },
  { name: 'listing', needsPostgres: true, at: { method: 'GET', url: 'list-type=2&.*KEY', when: 'before' } },
  {
    name: 'claiming',
    needsPostgres: true,
    isFirstRun: true,
    at: { method: 'PUT', url: '/KEY/OWNER.json', when: 'before' },
  },
  {
    name: 'upload-begun',
    needsPostgres: true,
    at: { method: 'POST', url: '/KEY/.*[?&]uploads', when: 'after' },
  },
  {
    name: 'first-part',
    needsPostgres: true,
    at: { method: 'PUT', url: '/KEY/.*partNumber=1&', when: 'before' },
  },
  {
    name: 'third-part',
    needsPostgres: true,
    at: { method: 'PUT', url: '/KEY/.*partNumber=3&', when: 'after' },
  },
  {
    name: 'dump-stored',
    needsPostgres: false,
    at: { method: 'PUT', url: '/KEY/.*inventory', when: 'before' },
  },
  {
    name: 'read-back',
    needsPostgres: false,
    at: { method: 'GET', url: '/KEY/.*kills.dump.age', when: 'before' },
  },
  {
    name: 'unpublished',
    needsPostgres: false,
    at: { method: 'PUT', url: '/KEY/.*manifest.json', when: 'before' },
  },
  {
    name: 'published',
    needsPostgres: false,
    at: { method: 'PUT', url: '/KEY/.*manifest.json', when: 'after' },
  },
];

/** What the gate is told for a backup that stops at a moment. */
export function ruleFor(backup: string, moment: Moment, namespace: string): Rule | undefined {
  if (moment.at === undefined) return undefined;
  const { method, when, url } = moment.at;
  const key = `${namespace}(?:/|%2F)${backup}`;
  return { name: backup, method, when, url: url.replace('KEY', key) };
}
