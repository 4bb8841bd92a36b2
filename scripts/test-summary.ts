// Adds up the JSON reports of the suites in a folder, and prints the one line that a person or a machine reads.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface SuiteReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

const [folder = '.'] = process.argv.slice(2);
const reports = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as SuiteReport);
const sum = (of: (report: SuiteReport) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);
// A suite may fail without a failed test (a file that cannot be loaded, an unhandled rejection).
const failed = sum((report) => Math.max(report.numFailedTests, report.success ? 0 : 1));
const passed = sum((report) => report.numPassedTests);
const skipped = sum((report) => report.numPendingTests);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
