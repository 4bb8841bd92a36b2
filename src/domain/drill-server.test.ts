import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrillServerChoice } from './drill-server.ts';
import { drillServerScript } from './drill-server.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pgcairn-script-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Programs that only say how they were called. */
function makePrograms(folder: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program('initdb', 'mkdir "$2"; printf "%s\\0" "$@" >"$HOME/../initdb-arguments"');
  program(
    'postgres',
    `[ "$1" != --version ] || { echo 'postgres (PostgreSQL) ${version} (Debian ${version}-1)'; exit; }\nprintf '%s\\0' "$@"`,
  );
  return folder;
}

function choice(more: Partial<DrillServerChoice> = {}): DrillServerChoice {
  return {
    folder: join(home, 'drill'),
    socketFolder: join(home, 'sockets'),
    memoryBytes: 2 ** 31,
    settings: {},
    programFolders: [join(home, 'bin')],
    ...more,
  };
}

function run(script: string, path = '/usr/bin:/bin'): string[] {
  const options = { env: { PATH: path, PGDATA: '/elsewhere' }, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync('/bin/sh', ['-c', script], options).split('\0').slice(0, -1);
}

function settingsOf(words: readonly string[]): Map<string, string> {
  const pairs = words.flatMap((word, at) => (word === '-c' ? [words[at + 1] ?? ''] : []));
  return new Map(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
  );
}

describe('drillServerScript', () => {
  it('hands every value to the server as it is, whatever it holds', () => {
    makePrograms(join(home, 'bin'), '16.9');
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom("'", "'; touch pwned; '", '$(id)', '`id`', '\\', 'a\nb', '-c', '"', '!!', '*'),
    );
    fc.assert(
      fc.property(value, (text) => {
        const expected = text.replaceAll('\0', '');
        const words = run(drillServerScript(choice({ settings: { 'app.value': expected } })));
        expect(settingsOf(words).get('app.value')).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('lets the owner change a setting, but not what keeps the server to itself, nor that it ends when it crashes', () => {
    makePrograms(join(home, 'bin'), '16.9');
    const settings = { work_mem: '1GB', listen_addresses: '*', port: '1', restart_after_crash: 'on' };
    const given = settingsOf(run(drillServerScript(choice({ settings }))));
    expect(Object.fromEntries(given)).toMatchObject({
      work_mem: '1GB',
      fsync: 'off',
      restart_after_crash: 'off',
      listen_addresses: '',
      port: '5432',
      unix_socket_directories: `"${home}/sockets"`,
    });
  });

  it.each([
    ['13.23', { initdb: false, server: false }],
    ['17.5', { initdb: false, server: true }],
    ['18beta1', { initdb: true, server: true }],
  ])('gives PostgreSQL %s only what it knows', (version, knows) => {
    makePrograms(join(home, 'bin'), version);
    const words = run(drillServerScript(choice()));
    expect(settingsOf(words).has('event_triggers')).toBe(knows.server);
    const initdb = readFileSync(join(home, 'drill/initdb-arguments'), 'utf8');
    expect(initdb.includes('--no-data-checksums')).toBe(knows.initdb);
  });

  it('finds the programs of the major among others, on PATH as well', () => {
    const old = makePrograms(join(home, 'bin'), '15.1');
    const right = makePrograms(join(home, 'with space'), '16.9');
    expect(run(drillServerScript(choice({ major: 16 })), `${right}:/usr/bin:/bin`)).toContain('-D');
    expect(run(drillServerScript(choice({ major: 15 })), `${right}:/usr/bin:/bin`)).toContain('-D');
    expect(old).not.toBe(right);
  });

  it('says what it found when no programs are of the major', () => {
    const bin = makePrograms(join(home, 'bin'), '15.1');
    expect(() => run(drillServerScript(choice({ major: 99 })), `${bin}:/usr/bin:/bin`)).toThrow(
      /no initdb and postgres/,
    );
    const fault = readFileSync(join(home, 'sockets/fault'), 'utf8').trim();
    expect(fault).toMatch(
      new RegExp(`^Unfit no initdb and postgres of PostgreSQL 99 .*; PostgreSQL 15 is in ${bin}(,|$)`),
    );
    expect(fault.split(`is in ${bin}`)).toHaveLength(2);
    expect(fault).not.toMatch(/[;,]$/);
  });

  it('says so when initdb fails', () => {
    const bin = makePrograms(join(home, 'bin'), '16.9');
    writeFileSync(join(bin, 'initdb'), '#!/bin/sh\necho no user >&2; exit 1\n');
    expect(() => run(drillServerScript(choice()))).toThrow(/no user/);
    expect(readFileSync(join(home, 'sockets/fault'), 'utf8')).toMatch(/^Failed initdb/);
  });

  it('starts over when it runs again', () => {
    makePrograms(join(home, 'bin'), '16.9');
    run(drillServerScript(choice()));
    writeFileSync(join(home, 'drill/data/left'), '');
    writeFileSync(join(home, 'sockets/fault'), '');
    expect(run(drillServerScript(choice()))).toContain('-D');
    expect(() => readFileSync(join(home, 'drill/data/left'))).toThrow(/ENOENT/);
    expect(() => readFileSync(join(home, 'sockets/fault'))).toThrow(/ENOENT/);
  });
});
