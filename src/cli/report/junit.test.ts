import { expect, it } from 'vitest';
import { junitXml } from './junit.ts';

it('counts what failed, could not be found out and was not looked at', () => {
  const text = junitXml([
    {
      name: 'drill.shop.monthly',
      startTime: '2026-11-20T01:00:00Z',
      properties: { verdict: 'Failed', absent: undefined },
      cases: [
        { name: 'Rows shop', outcome: 'Passed', detail: '5944 rows', seconds: 0.25 },
        { name: 'Schema', outcome: 'Failed', detail: 'index "x" is missing' },
        { name: 'Amcheck', outcome: 'Error', detail: 'no amcheck' },
        { name: 'Write', outcome: 'Skipped', detail: 'switched off' },
      ],
    },
  ]);

  expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="drill.shop.monthly" tests="4" failures="1" errors="1" skipped="1" time="0.250" timestamp="2026-11-20T01:00:00Z">
    <properties>
      <property name="verdict" value="Failed"/>
    </properties>
    <testcase classname="pgcairn.drill.shop.monthly" name="Rows shop" time="0.250">
      <system-out>5944 rows</system-out>
    </testcase>
    <testcase classname="pgcairn.drill.shop.monthly" name="Schema" time="0.000">
      <failure message="index &quot;x&quot; is missing"/>
    </testcase>
    <testcase classname="pgcairn.drill.shop.monthly" name="Amcheck" time="0.000">
      <error message="no amcheck"/>
    </testcase>
    <testcase classname="pgcairn.drill.shop.monthly" name="Write" time="0.000">
      <skipped message="switched off"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

it('writes no character that XML cannot hold, and lets no text become markup', () => {
  const text = junitXml([
    {
      name: 'a',
      properties: {},
      cases: [{ name: '<b> & "c"', outcome: 'Failed', detail: 'line\n\u0000\u001b[0m\ud800</x>' }],
    },
  ]);

  expect(text).toContain('name="&lt;b&gt; &amp; &quot;c&quot;"');
  expect(text).toContain('message="line&#10;\u{fffd}\u{fffd}[0m\u{fffd}&lt;/x&gt;"');
});
