/** What a write asks before it is sent. */
export interface Leadership {
  /** True while no other process can have become leader, a margin of 2 s included. */
  mayWrite(): boolean;
  /** For how long that stays so without another renewal, in milliseconds; a write and its retries must end within. */
  writableMilliseconds(): number;
}

/** Stands for leader, and leads. */
export interface LeaderElector extends Leadership {
  readonly identity: string;
  /** leaseTransitions of the own term: grows with each change of leader. 0 while not leading. */
  readonly epoch: number;
  isLeader(): boolean;
  /**
   * Waits for the lease, calls `lead` once, keeps the lease while it runs and releases it after. `lost` aborts when the
   * lease could not be kept. Resolves when `lead` has ended, or when `stop` came before the lease.
   */
  run(lead: (lost: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<'stopped' | 'lost'>;
}

/** The write was not sent: this process may no longer be the leader, or its pass was given up. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}
