import type { Command } from 'commander';
import { addBackupCommand } from './commands/backup.ts';
import { addDrillCommand } from './commands/drill.ts';
import { addEvidenceCommand } from './commands/evidence.ts';
import { addRunCommand } from './commands/run.ts';
import { addStatusCommand } from './commands/status.ts';
import { addRestoreHint } from './commands/restore.ts';
import { addShowCommand } from './commands/show.ts';
import { addSuiteCommand } from './commands/suite.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addListCommand } from './commands/list.ts';
import type { OpenCommandLine } from './commands/command-line.ts';

export type { CommandLine } from './commands/command-line.ts';

/** Adds what people and CI systems call. */
export function addCliCommands(program: Command, open: OpenCommandLine): void {
  addBackupCommand(program, open);
  addDrillCommand(program, open);
  addSuiteCommand(program, open);
  addListCommand(program, open);
  addShowCommand(program, open);
  addVerifyCommand(program, open);
  addEvidenceCommand(program, open);
  addRunCommand(program, open);
  addStatusCommand(program, open);
  addRestoreHint(program, open);
}
