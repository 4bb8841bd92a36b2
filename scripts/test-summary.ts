// Adds up the JSON reports of the suites in a folder: names what failed, and prints the one line that a person or a
// machine reads.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface SuiteReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

const [folder = '.'] = process.argv.slice(2);
const reports = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as SuiteReport);
const firstLine = (text = ''): string => stripVTControlCharacters(text).trim().split('\n')[0] ?? '';
for (const { name, status, message, assertionResults } of reports.flatMap(({ testResults }) => testResults)) {
  const file = relative(process.cwd(), name);
  const tests = assertionResults.filter((test) => test.status === 'failed');
  for (const test of tests)
    console.log(`failed: ${file} › ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
  if (status === 'failed' && tests.length === 0) console.log(`failed: ${file}: ${firstLine(message)}`);
}
const sum = (of: (report: SuiteReport) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);
// A suite may fail without a failed test (a file that cannot be loaded, an unhandled rejection).
const failed = sum((report) => Math.max(report.numFailedTests, report.success ? 0 : 1));
const passed = sum((report) => report.numPassedTests);
const skipped = sum((report) => report.numPendingTests);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
