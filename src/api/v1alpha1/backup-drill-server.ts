import { z } from 'zod';
import type { KeyRule } from '../bounded.ts';
import { mapOf } from '../bounded.ts';
import { celPattern } from '../rule.ts';
import { objectName } from './names.ts';
import { Resources } from './resources.ts';

const settingPattern = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;
// What the drill's isolation and its measurement stand on.
const fixed =
  'listen_addresses|port|unix_socket_directories|unix_socket_permissions|data_directory|hba_file|ident_file|config_file|archive_command|archive_library|archive_mode|ssl|local_preload_libraries';
const fixedPattern = new RegExp(`^(${fixed})$`);

const isSetting: KeyRule = {
  holds: (key) => key.length <= 63 && settingPattern.test(key),
  cel: `k.size() <= 63 && k.matches(${celPattern(settingPattern)})`,
  message: 'a key must be the name of a setting of PostgreSQL, in lower case',
};
const isFree: KeyRule = {
  holds: (key) => !fixedPattern.test(key),
  cel: `!k.matches(${celPattern(fixedPattern)})`,
  message: `what keeps the server to itself cannot be set: ${fixed.replaceAll('|', ', ')}`,
};

/** The throw-away server that a drill restores into. */
export const DrillServer = z.strictObject({
  image: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[^\s]+$/)
    .describe(
      "image is an image with initdb and postgres of the run's major, and the extensions that the databases need. Absent: the official image of the major.",
    )
    .optional(),
  settings: mapOf(z.string().max(1024), 64, [isSetting, isFree])
    .describe(
      'settings are further settings of PostgreSQL, as shared_preload_libraries for extensions that need it.',
    )
    .default({}),
  resources: Resources.describe('resources is what the server gets of its node.').prefault({}),
  volume: z
    .strictObject({
      storageClassName: objectName
        .describe(
          'storageClassName names the class of the volume that the drill works on. Absent: the disk of the node.',
        )
        .optional(),
      size: z
        .string()
        .max(20)
        .regex(/^[1-9][0-9]*[MGTP]i$/)
        .describe(
          'size is the size of that volume, as 40Gi. Absent: what the last run needs, see sizeFactor.',
        )
        .optional(),
      sizeFactor: z
        .string()
        .max(5)
        .regex(/^[1-9]?[0-9](\.[0-9]{1,2})?$/)
        .describe(
          'sizeFactor times the size of the databases, and what the run takes in the store, is the size of the volume where size is absent.',
        )
        .default('1.5'),
    })
    .describe('volume is where the copy, the restored databases and their sort files lie during the drill.')
    .prefault({}),
});
export type DrillServer = z.infer<typeof DrillServer>;
