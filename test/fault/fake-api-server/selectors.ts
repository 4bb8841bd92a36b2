import { StatusError } from './status.ts';
import type { Stored } from './store.ts';

export type Selector = (object: Stored) => boolean;

/** `labelSelector` (equality, set, existence) and `fieldSelector` (metadata.name, metadata.namespace) of a query. */
export function selectorOf(query: URLSearchParams, namespace: string): Selector {
  const tests: Selector[] = [];
  if (namespace !== '') tests.push((object) => object.metadata.namespace === namespace);
  const labels = query.get('labelSelector') ?? '';
  for (const part of splitRequirements(labels)) tests.push(labelTest(part));
  for (const part of (query.get('fieldSelector') ?? '').split(',').filter((text) => text !== '')) {
    tests.push(fieldTest(part));
  }
  return (object) => tests.every((test) => test(object));
}

/** Commas inside parentheses belong to a set. */
function splitRequirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function labelTest(requirement: string): Selector {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (object) => {
      const value = object.metadata.labels?.[key];
      return operator === 'in'
        ? value !== undefined && values.includes(value)
        : value === undefined || !values.includes(value);
    };
  }
  const equality = /^([^!=\s]+)\s*(==|!=|=)\s*(.*)$/.exec(requirement);
  if (equality !== null) {
    const [, key = '', operator, wanted = ''] = equality;
    return (object) => (object.metadata.labels?.[key] === wanted) === (operator !== '!=');
  }
  if (requirement.startsWith('!'))
    return (object) => object.metadata.labels?.[requirement.slice(1)] === undefined;
  return (object) => object.metadata.labels?.[requirement] !== undefined;
}

function fieldTest(requirement: string): Selector {
  const match = /^(metadata\.name|metadata\.namespace)(==|!=|=)(.*)$/.exec(requirement);
  if (match === null) {
    throw new StatusError(400, 'BadRequest', `field label not supported: ${requirement}`);
  }
  const [, field, operator, wanted] = match;
  return (object) => {
    const value = field === 'metadata.name' ? object.metadata.name : object.metadata.namespace;
    return (value === wanted) === (operator !== '!=');
  };
}
