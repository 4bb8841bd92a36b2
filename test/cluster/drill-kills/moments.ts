import type { Rule } from '../kills/gate-server.ts';

export const namespace = 'drill-kills';

/** Ten moments of a drill, in their order. A drill stops at its moment, and what is killed is killed there. */
export interface Moment {
  readonly name: string;
  /** What the gate before the store holds; SOURCE is the folder of the backup, OWN that of the drill's evidence. */
  readonly at?: Omit<Rule, 'name'>;
  /** Where no request marks it. Pending: the pod waits for a node. Checking: the application waits for a word. */
  readonly waits?: 'pending' | 'checking';
}

export const moments: readonly Moment[] = [
  { name: 'pending', waits: 'pending' },
  { name: 'listing', at: { method: 'GET', url: 'list-type=2&.*SOURCE', when: 'before' } },
  { name: 'manifest', at: { method: 'GET', url: '/SOURCE/.*manifest.json', when: 'before' } },
  { name: 'dump', at: { method: 'GET', url: '/SOURCE/.*dump.age', when: 'before' } },
  { name: 'inventory', at: { method: 'GET', url: '/SOURCE/.*inventory', when: 'after' } },
  { name: 'checking', waits: 'checking' },
  { name: 'unwritten', at: { method: 'PUT', url: '/OWN/.*evidence.json', when: 'before' } },
  { name: 'page', at: { method: 'PUT', url: '/OWN/.*evidence.html', when: 'after' } },
  { name: 'unpublished', at: { method: 'PUT', url: '/OWN/.*evidence.dsse.json', when: 'before' } },
  { name: 'published', at: { method: 'PUT', url: '/OWN/.*evidence.dsse.json', when: 'after' } },
];

/** What the gate is told for a drill that stops at a moment; each restores the backup of its moment's name. */
export function ruleFor(drill: string, { name, at }: Moment): Rule | undefined {
  if (at === undefined) return undefined;
  const url = at.url
    .replace('SOURCE', `postgres(?:/|%2F)${namespace}(?:/|%2F)${name}`)
    .replace('OWN', `_drills/${namespace}/${drill}`);
  return { ...at, name: drill, url };
}
