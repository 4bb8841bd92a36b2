import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, fileInputs } from './cache.ts';
import { ensureTools } from './ensure-tools.ts';
import { say, sayWhile } from './say.ts';

export interface GoProgram {
  /** Name of the resulting file. */
  readonly name: string;
  /** Folder of the Go module: its go.mod and go.sum pin everything. */
  readonly module: string;
  /** Package in the module, or of one of its dependencies. */
  readonly package: string;
  /** Values set by the linker, as "path.variable=value". */
  readonly variables?: readonly string[];
}

/** Path of the built program: static, stripped, from the cache unless its sources changed. */
export async function goProgram(program: GoProgram): Promise<string> {
  await ensureTools(['go']);
  const { stdout: version } = await execa('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: program.module,
  });
  const variables = program.variables ?? [];
  const inputs = ['go 1', version, program.package, ...variables, ...(await fileInputs([program.module]))];
  const folder = await cached({ name: `bin/${program.name}`, inputs }, async (output) => {
    say(`building ${program.name} (once; the first time can take several minutes)`);
    await build(program, join(output, program.name), variables);
  });
  return join(folder, program.name);
}

/** What go prints when a module did not come; it tries once. */
const ofNetwork = /\b(Get|Head|reading) "?https?:|unexpected EOF|connection reset|TLS handshake timeout/;

async function build(
  program: GoProgram,
  output: string,
  variables: readonly string[],
  tries = 3,
): Promise<void> {
  const flags = ['-s', '-w', ...variables.flatMap((variable) => ['-X', variable])].join(' ');
  const args = [
    'build',
    '-v',
    '-mod=readonly',
    '-trimpath',
    '-ldflags',
    flags,
    '-o',
    output,
    program.package,
  ];
  const tail: string[] = [];
  let lines = 0;
  const child = execa('go', args, {
    cwd: program.module,
    env: { CGO_ENABLED: '0' },
    buffer: false,
    reject: false,
  });
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stderr })) {
      lines += 1;
      tail.push(line);
      if (tail.length > 20) tail.shift();
    }
  })();
  const progress = (): string => `${lines} packages, at ${tail.at(-1) ?? 'start'}`;
  const result = await sayWhile(
    `building ${program.name}`,
    async () => (await Promise.all([child, reading]))[0],
    progress,
  );
  if (!result.failed) return;
  if (tries === 1 || !tail.some((line) => ofNetwork.test(line)))
    throw new Error(`go build of ${program.name} failed:\n${tail.join('\n')}`);
  say(`building ${program.name} once more: ${tail.at(-1)}`);
  await build(program, output, variables, tries - 1);
}
