import type { Kubectl, ManifestObject } from '../harness/kubectl.ts';
import type { Kind } from './rows.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface Status {
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly runs: readonly { readonly outcome: string }[];
  /** Names of the Jobs that the object has made. */
  readonly jobs: readonly string[];
}

interface Stored extends ManifestObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly runs?: Status['runs'] };
}

const intervalMilliseconds = 1000;

/** Everything in a namespace, read at most once a second, however many look at it. */
export class Board {
  readonly #kubectl: Kubectl;
  readonly #namespace: string;
  #objects: Promise<readonly Stored[]> | undefined;
  #readAt = 0;

  constructor(kubectl: Kubectl, namespace: string) {
    this.#kubectl = kubectl;
    this.#namespace = namespace;
  }

  async status(kind: Kind, name: string): Promise<Status> {
    const objects = await this.#all();
    const found = objects.find((each) => each.kind === kind && each.metadata.name === name);
    const { conditions = [], runs = [] } = found?.status ?? {};
    const jobs = objects.filter((each) => each.kind === 'Job' && isOwnedBy(each, kind, name));
    return {
      conditions: new Map(conditions.map((condition) => [condition.type, condition])),
      runs,
      jobs: jobs.map(({ metadata }) => metadata.name),
    };
  }

  async tell(kind: Kind, name: string): Promise<string> {
    return JSON.stringify([...(await this.status(kind, name)).conditions.values()]);
  }

  #all(): Promise<readonly Stored[]> {
    if (this.#objects === undefined || performance.now() - this.#readAt > intervalMilliseconds) {
      this.#readAt = performance.now();
      this.#objects = this.#kubectl.list<Stored>('pgrepo,pgbackup,jobs', this.#namespace);
    }
    return this.#objects;
  }
}

function isOwnedBy({ metadata }: Stored, kind: Kind, name: string): boolean {
  const owners = metadata['ownerReferences'] as readonly { kind: string; name: string }[] | undefined;
  return owners?.some((owner) => owner.kind === kind && owner.name === name) === true;
}
