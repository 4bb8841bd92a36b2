import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ClientPrograms } from '../../postgres/clients.ts';
import type { Connection } from '../../postgres/connection.ts';

/** One database of a run, restored under its own name. */
export interface RestoredDatabase {
  readonly name: string;
  /** Its dump in pg_dump's custom format, decrypted, on the drill's volume. */
  readonly dumpPath: string;
  /** What the snapshot of the dump held. */
  readonly inventory: Inventory;
}

/** A run that lies restored in the throw-away server, with everything that checks need. */
export interface RestoredRun {
  readonly spec: BackupDrillSpec;
  readonly manifest: Manifest;
  readonly databases: readonly RestoredDatabase[];
  /** To the throw-away server, over its Unix socket, as its superuser. */
  readonly connection: Connection;
  /** As in server_version_num. */
  readonly versionNumber: number;
  /** How many things the server has processors and memory for at once, from 2 on. */
  readonly jobs: number;
  /** Of the major that wrote the dumps. */
  readonly client: ClientPrograms;
  /** Folder on the drill's volume for files of the checks; removed with the drill. */
  readonly scratch: string;
  /** Folder of the files shared with the application under test; absent where no pod runs one, as on a laptop. */
  readonly application?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}
