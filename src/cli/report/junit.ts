/** One thing that was checked, as CI systems show it. */
export interface TestCase {
  readonly name: string;
  readonly seconds?: number;
  /** Failed: it does not hold. Error: it could not be found out. Skipped: it was not looked at. */
  readonly outcome: 'Passed' | 'Failed' | 'Error' | 'Skipped';
  readonly detail: string;
}

export interface TestSuite {
  readonly name: string;
  /** RFC 3339. */
  readonly startTime?: string;
  readonly properties: Readonly<Record<string, string | number | undefined>>;
  readonly cases: readonly TestCase[];
}

/** JUnit's XML, in the form that Jenkins, GitLab and GitHub's actions read. */
export function junitXml(suites: readonly TestSuite[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.map(suiteXml).join('')}</testsuites>\n`;
}

function suiteXml({ name, startTime, properties, cases }: TestSuite): string {
  const count = (outcome: TestCase['outcome']): number =>
    cases.filter((one) => one.outcome === outcome).length;
  const attributes = xmlAttributes({
    name,
    tests: cases.length,
    failures: count('Failed'),
    errors: count('Error'),
    skipped: count('Skipped'),
    time: cases.reduce((sum, { seconds = 0 }) => sum + seconds, 0).toFixed(3),
    timestamp: startTime,
  });
  const known = Object.entries(properties).filter(([, value]) => value !== undefined);
  const lines = known.map(([key, value]) => `      <property${xmlAttributes({ name: key, value })}/>\n`);
  const block = lines.length === 0 ? '' : `    <properties>\n${lines.join('')}    </properties>\n`;
  const body = cases.map((one) => caseXml(name, one)).join('');
  return `  <testsuite${attributes}>\n${block}${body}  </testsuite>\n`;
}

function caseXml(suite: string, { name, seconds = 0, outcome, detail }: TestCase): string {
  const open = `    <testcase${xmlAttributes({ classname: `pgcairn.${suite}`, name, time: seconds.toFixed(3) })}`;
  const message = xmlAttributes({ message: detail });
  switch (outcome) {
    case 'Passed':
      return `${open}>\n      <system-out>${xmlText(detail)}</system-out>\n    </testcase>\n`;
    case 'Failed':
      return `${open}>\n      <failure${message}/>\n    </testcase>\n`;
    case 'Error':
      return `${open}>\n      <error${message}/>\n    </testcase>\n`;
    case 'Skipped':
      return `${open}>\n      <skipped${message}/>\n    </testcase>\n`;
  }
}

function xmlAttributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\r': '&#13;',
};

/** Characters that XML 1.0 cannot hold, in any form. */
// oxlint-disable-next-line no-control-regex -- control characters are what is replaced
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(unspeakable, '\u{fffd}')
    .replace(/[&<>"\n\t\r]/g, (character) => entities[character] ?? character);
}
