import type { Command } from 'commander';
import { addBackupCommand } from './commands/backup.ts';
import type { OpenCommandLine } from './commands/command-line.ts';

export type { CommandLine } from './commands/command-line.ts';

/** Adds what people and CI systems call. */
export function addCliCommands(program: Command, open: OpenCommandLine): void {
  addBackupCommand(program, open);
}
