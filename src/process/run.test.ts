import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ProcessError } from './process-error.ts';
import type { Command } from './run.ts';
import { runProcess, startProcess } from './run.ts';

const node = process.execPath;
function script(source: string, rest: Partial<Command> = {}): Command {
  return { program: node, args: ['--eval', source], env: {}, ...rest };
}
async function failureOf(promise: Promise<unknown>): Promise<ProcessError> {
  return promise.then(
    () => expect.fail('succeeded'),
    (error: ProcessError) => error,
  );
}

describe('runProcess', () => {
  it('returns what the program wrote', async () => {
    const { stdout, stderrTail } = await runProcess(script(`console.log('out'); console.error('warning')`));
    expect(stdout).toBe('out\n');
    expect(stderrTail).toBe('warning\n');
  });

  it('hands the program nothing of our environment', async () => {
    const { stdout } = await runProcess(
      script('console.log(JSON.stringify(process.env))', { env: { ONLY: 'this' } }),
    );
    expect(JSON.parse(stdout)).toEqual({ ONLY: 'this' });
  });

  it('passes arguments literally', async () => {
    const args = ['--print', 'process.argv.slice(1).join("|")', '$(id)', '`id`; *', '"quoted"'];
    const { stdout } = await runProcess({ program: node, args, env: {} });
    expect(stdout).toBe('$(id)|`id`; *|"quoted"\n');
  });

  it('feeds the input', async () => {
    const echo = script('process.stdin.pipe(process.stdout)', { input: Buffer.from('fed') });
    expect((await runProcess(echo)).stdout).toBe('fed');
  });

  it.each([
    ['exit code', 'process.exitCode = 3', { exitCode: 3, ending: 'Exited' }],
    ['signal', `process.kill(process.pid, 'SIGKILL')`, { signal: 'SIGKILL', ending: 'Exited' }],
  ])('fails with the %s', async (_, source, fields) => {
    const error = await failureOf(runProcess(script(source)));
    expect(error).toBeInstanceOf(ProcessError);
    expect(error).toMatchObject({ program: 'node', ...fields });
  });

  it('says that a program is not there', async () => {
    const error = await failureOf(runProcess({ program: '/nowhere/pg_dump', args: [], env: {} }));
    expect(error).toMatchObject({ program: 'pg_dump', ending: 'NotStarted' });
  });

  it('hands on each line of stderr as it comes', async () => {
    const lines: string[] = [];
    const two = script(`process.stderr.write('one\\ntwo\\n'); setTimeout(() => console.error('three'), 50)`);
    await runProcess({ ...two, onStderrLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('keeps only the end of stderr', async () => {
    const error = await failureOf(
      runProcess(script(`console.error('x'.repeat(1e6)); console.error('last words'); process.exitCode = 1`)),
    );
    expect(error.stderrTail.length).toBe(16 * 1024);
    expect(error.message).toBe('node ended with exit code 1: last words');
  });

  it('shows neither arguments nor environment in its error', async () => {
    const command = { program: node, args: ['--eval', 'process.exit(1)', 'hunter2'], env: { A: 'hunter3' } };
    const error = await failureOf(runProcess(command));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter/);
  });

  it('kills a program that ignores SIGTERM', async () => {
    const stop = new AbortController();
    const stubborn = startProcess(
      script(`process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`, {
        signal: stop.signal,
        killDelayMilliseconds: 100,
      }),
    );
    stubborn.stdout.once('data', () => stop.abort());
    expect(await failureOf(stubborn.done)).toMatchObject({ ending: 'Aborted', signal: 'SIGKILL' });
  });

  it('stops a program that takes too long', async () => {
    const slow = script('setInterval(() => {}, 1000)', { timeoutMilliseconds: 200 });
    expect(await failureOf(runProcess(slow))).toMatchObject({ ending: 'TimedOut' });
  });
});

describe('startProcess', () => {
  it('never ends its stream when the program failed', async () => {
    const { stdout, done } = startProcess(
      script(`process.stdout.write('half', () => { process.exitCode = 1 })`),
    );
    const read = await failureOf(text(stdout));
    expect(read).toMatchObject({ exitCode: 1 });
    expect(await failureOf(done)).toBe(read);
  });

  it('lets the program end when the reader gives up', async () => {
    const { stdout, done } = startProcess(
      script(`const more = () => process.stdout.write('x'.repeat(65536), more); more()`),
    );
    stdout.once('data', () => stdout.destroy());
    expect(await failureOf(done)).toMatchObject({ ending: 'Exited', signal: 'SIGTERM' });
  });
});
