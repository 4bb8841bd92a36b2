/** What the throw-away server may use. */
export interface DrillServerSize {
  readonly memoryBytes: number;
  /** Absent: not limited; a few are taken to be there. */
  readonly processors?: number;
  /** Room on the drill's volume; absent: not known. */
  readonly volumeBytes?: number;
}

const mebibyte = 1024 * 1024;

/**
 * Settings for loading as fast as the machine can and checking what was loaded: nothing survives a crash of the
 * machine, and nothing has to. What a statement or a row held never reaches the log of the server.
 */
export function drillServerSettings(size: DrillServerSize): Record<string, string> {
  return { ...unsafeAndFast, ...quiet, ...memory(size) };
}

const unsafeAndFast = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // What is loaded into a table that was made in the same transaction never goes through the log.
  wal_skip_threshold: '0',
  checkpoint_timeout: '1d',
  autovacuum: 'off',
  max_locks_per_transaction: '512',
  // Containers have little of /dev/shm, and parallel plans would fail for lack of it.
  dynamic_shared_memory_type: 'mmap',
  jit: 'off',
  timezone: 'UTC',
} as const;

const quiet = {
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  lc_messages: 'C',
} as const;

function memory({ memoryBytes, processors = 4, volumeBytes }: DrillServerSize): Record<string, string> {
  const walBytes = between(1024, (volumeBytes ?? 0) / 10 / mebibyte, 16 * 1024);
  const memoryMebibytes = memoryBytes / mebibyte;
  return {
    shared_buffers: megabytes(between(16, memoryMebibytes / 4, 8192)),
    maintenance_work_mem: megabytes(between(16, (memoryMebibytes * 0.4) / Math.max(2, processors), 1024)),
    work_mem: megabytes(between(4, memoryMebibytes / 64, 256)),
    max_wal_size: megabytes(volumeBytes === undefined ? 4096 : walBytes),
    // A worker beside it reads from this how much it may do at once: memory is shared out by it.
    max_parallel_workers: String(between(2, processors, 8)),
    max_parallel_maintenance_workers: String(between(1, processors - 1, 4)),
  };
}

function between(least: number, value: number, most: number): number {
  return Math.floor(Math.max(least, Math.min(value, most)));
}

function megabytes(count: number): string {
  return `${String(count)}MB`;
}
