import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { cliExitCodes } from '../../src/cli/exit-codes.ts';
import { addCliCommands } from '../../src/cli/program.ts';
import { root } from './source-tree.ts';

const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
const program = new Command('pgcairn');
addCliCommands(program, () => {
  throw new Error('nothing is run here');
});

/** Commands that do something, by their whole name. */
function leaves(command: Command, name: string): { readonly name: string; readonly command: Command }[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((sub) => leaves(sub, `${name} ${sub.name()}`));
}

const commands = leaves(program, 'pgcairn');

it.each(commands)('the page of the command line has $name with each of its flags', ({ name, command }) => {
  const missing = command.options
    .map(({ long }) => long ?? '')
    .filter((flag) => !new RegExp(`${flag}(?![a-z-])`).test(page));

  expect(page).toContain(name);
  expect(missing).toEqual([]);
});

it.each(commands)('$name says what it does and what each of its flags means', ({ command }) => {
  expect(command.description()).not.toBe('');
  expect(command.options.filter(({ description }) => description === '').map(({ long }) => long)).toEqual([]);
});

it('the page of the command line has every exit code', () => {
  expect(Object.values(cliExitCodes).filter((code) => !page.includes(`| ${code} |`))).toEqual([]);
});
