import { z } from 'zod';
import type { KeyRule } from '../bounded.ts';
import { mapOf } from '../bounded.ts';
import { celPattern, withPattern } from '../rule.ts';
import { imageName } from './image-name.ts';
import { objectName } from './names.ts';
import { resourcesOf } from './resources.ts';

const settingPattern = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;
// What keeps the server to itself: where it listens, whom it lets in, which files it reads, what it runs.
const isolation =
  'listen_addresses|port|unix_socket_.*|bonjour.*|data_directory|hba_file|ident_file|config_file|external_pid_file|include.*|archive_.*|restore_command|recovery_end_command|primary_conninfo|ssl.*|local_preload_libraries|logging_collector|log_destination';
// What would hide a damage from the checks.
const blindness =
  'zero_damaged_pages|ignore_checksum_failure|ignore_invalid_pages|ignore_system_indexes|session_replication_role|default_transaction_read_only|transaction_read_only|restart_after_crash';
const fixedPattern = new RegExp(`^(${isolation}|${blindness})$`);

const isSetting: KeyRule = {
  holds: (key) => key.length <= 63 && settingPattern.test(key),
  cel: `k.size() <= 63 && k.matches(${celPattern(settingPattern)})`,
  message: 'a key must be the name of a setting of PostgreSQL, in lower case',
};
const isFree: KeyRule = {
  holds: (key) => !fixedPattern.test(key),
  cel: `!k.matches(${celPattern(fixedPattern)})`,
  message:
    'what keeps the server to itself, or would hide a damage, cannot be set: where it listens, its files, commands that it runs, its log, zero_damaged_pages, session_replication_role and the like',
};
// Control characters would begin a new line of the configuration.
const settingValue = z
  .string()
  .max(1024)
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  .regex(/^[^\x00-\x1f\x7f]*$/);

const size = withPattern(
  z.string().min(1).max(16),
  /^[1-9][0-9]{0,5}[MGT]i$/,
  'must be a whole number of Mi, Gi or Ti: 40Gi',
);
const sizeFactor = withPattern(
  z.string().min(1).max(16),
  /^[1-9][0-9]?(\.[0-9]{1,2})?$/,
  "must be at least 1, or the databases would not fit, less than 100, and have two decimals at most: '1.5'",
);

/** The throw-away server that a drill restores into. */
export const DrillServer = z.strictObject({
  image: imageName
    .describe(
      "image is an image with initdb and postgres of the run's major, and the extensions that the databases need. Absent: the official image of the major.",
    )
    .optional(),
  settings: mapOf(settingValue, 64, [isSetting, isFree])
    .describe(
      'settings are further settings of PostgreSQL, as shared_preload_libraries for extensions that need it; they win over those that make loading fast.',
    )
    .default({}),
  resources: resourcesOf('server').describe('resources is what the server gets of its node.').prefault({}),
  volume: z
    .strictObject({
      storageClassName: objectName
        .describe(
          'storageClassName names the class of the volume that the drill works on. Absent: the disk of the node.',
        )
        .optional(),
      size: size
        .describe(
          'size is the size of that volume, as 40Gi. Absent: what the newest run needs by sizeFactor; 20Gi where nothing is known of the runs.',
        )
        .optional(),
      sizeFactor: sizeFactor
        .describe(
          'sizeFactor times the size of the databases, and twice what the run takes in the store, and 1Gi is the size of the volume where size is absent.',
        )
        .default('1.5'),
    })
    .describe('volume is where the copy, the restored databases and their sort files lie during the drill.')
    .prefault({}),
});
export type DrillServer = z.infer<typeof DrillServer>;
