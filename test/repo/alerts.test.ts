import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { helm } from '../../scripts/tools/helm.ts';
import { promtool } from '../../scripts/tools/promtool.ts';
import { objectMetrics } from '../../src/operator/metrics.ts';
import type { Situation } from './alerts/situations.ts';
import { situations } from './alerts/situations.ts';
import { root } from './source-tree.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

const runbookUrl = 'https://docs.example.net/runbooks';
const folder = mkdtempSync(join(tmpdir(), 'pgcairn-alerts-'));
let rules: readonly Rule[] = [];

/** The rules as a user of the chart gets them, without what Kubernetes needs around them. */
beforeAll(async () => {
  const sets = ['enabled=true', `runbookUrl=${runbookUrl}`, 'labels.release=prometheus'].flatMap((set) => [
    '--set',
    `metrics.prometheusRule.${set}`,
  ]);
  const only = ['--show-only', 'templates/prometheusrule.yaml'];
  const { stdout } = await execa(await helm(), [
    'template',
    'x',
    join(root, 'helm/pgcairn'),
    ...only,
    ...sets,
  ]);
  const { spec } = parse(stdout) as { spec: Rules };
  writeFileSync(join(folder, 'rules.yaml'), stringify(spec));
  rules = spec.groups.flatMap((group) => group.rules);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = Object.keys(alertsOfChart());

function alertsOfChart(): Readonly<Record<string, Rule>> {
  const { groups } = parse(readFileSync(join(root, 'helm/pgcairn/alerts.yaml'), 'utf8')) as Rules;
  return Object.fromEntries(groups.flatMap((group) => group.rules).map((rule) => [rule.alert, rule]));
}

const ruleOf = (name: string): Rule => rules.find(({ alert }) => alert === name)!;

it('the rules are such as Prometheus reads', async () => {
  const { stdout } = await execa(await promtool(), ['check', 'rules', join(folder, 'rules.yaml')]);
  expect(stdout).toContain(`SUCCESS: ${names.length} rules found`);
});

it('the rules for a Prometheus with files are those of the chart', () => {
  const plain = parse(readFileSync(join(root, 'deploy/monitoring/rules.yaml'), 'utf8')) as Rules;
  const urls = (rule: Rule): Rule => ({
    ...rule,
    annotations: { ...rule.annotations, runbook_url: rule.annotations['runbook_url']!.split('/').at(-1)! },
  });
  expect(plain.groups.flatMap((group) => group.rules).map(urls)).toEqual(rules.map(urls));
});

describe.each(names)('%s', (name) => {
  it('says how bad it is, what it is, and where to read on', () => {
    const { labels, annotations } = ruleOf(name);
    expect(labels['severity']).toMatch(/^(critical|warning)$/);
    expect(annotations['summary']).toMatch(/^[A-Z].{10,80}$/);
    expect(annotations['description']).toMatch(/^.{40,}\.$/);
    expect(annotations['runbook_url']).toBe(`${runbookUrl}/${name}.md`);
  });

  it('has a runbook with three commands to begin with', () => {
    const text = readFileSync(join(root, 'docs/runbooks', `${name}.md`), 'utf8');
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      `# ${name}`,
      '## What it means',
      '## First three commands',
      '## What to do',
      '## What not to do',
    ]);
    const [, commands = ''] = /## First three commands\n```\n([^`]*)\n```\n/.exec(text) ?? [];
    expect(commands.split('\n')).toHaveLength(3);
    expect(commands.split('\n').filter((line) => !/^(kubectl|pgcairn) /.test(line))).toEqual([]);
  });

  it('asks for metrics that the operator has', () => {
    const none = { list: () => [] };
    const sources = { backups: none, drills: none, repositories: none, isLeader: () => true };
    const known = objectMetrics(sources).map((metric) => metric.name);
    const asked = ruleOf(name).expr.match(/\b(pgcairn_\w+|leader_election_\w+)/g) ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((metric) => ![...known, 'leader_election_master_status'].includes(metric))).toEqual(
      [],
    );
  });

  it('is tried with series for which it fires, and with series for which it does not', () => {
    const own = situations.filter(({ alert }) => alert === name);
    expect(own.some(({ fires }) => fires.length > 0)).toBe(true);
    expect(own.some(({ fires }) => fires.length === 0)).toBe(true);
  });

  it('is in the list of alerts', () => {
    const page = readFileSync(join(root, 'docs/alerts.md'), 'utf8');
    expect(page).toContain(`| [${name}](runbooks/${name}.md) | ${ruleOf(name).labels['severity']} |`);
  });
});

it('no runbook is left of an alert that is gone', () => {
  const pages = readdirSync(join(root, 'docs/runbooks')).map((page) => page.replace('.md', ''));
  expect(pages.toSorted()).toEqual(names.toSorted());
});

it('every metric about objects is in the documentation', () => {
  const page = readFileSync(join(root, 'docs/alerts.md'), 'utf8');
  const none = { list: () => [] };
  const metrics = objectMetrics({ backups: none, drills: none, repositories: none, isLeader: () => true });
  const shown = metrics.map(({ name, labelNames }) => {
    const more = labelNames.filter((label) => label !== 'namespace' && label !== 'name');
    return more.length === 0 ? `\`${name}\`` : `\`${name}{${more.join(',')}}\``;
  });
  expect(shown.filter((text) => !page.includes(text))).toEqual([]);
});

describe('Prometheus', () => {
  it.each(situations)('calls somebody for $alert, or nobody: $is', async (situation) => {
    const file = join(folder, `${situations.indexOf(situation)}.test.yaml`);
    writeFileSync(file, stringify(promtoolTest(situation)));
    const { exitCode, stdout, stderr } = await execa(await promtool(), ['test', 'rules', file], {
      reject: false,
    });
    expect(`${stdout}${stderr}`).not.toContain('FAILED');
    expect(exitCode).toBe(0);
  });
});

function promtoolTest({ alert, series, at, fires }: Situation): object {
  const { labels, annotations } = ruleOf(alert);
  return {
    rule_files: [join(folder, 'rules.yaml')],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [
          {
            eval_time: at,
            alertname: alert,
            exp_alerts: fires.map(({ value = '', ...own }) => ({
              exp_labels: { ...labels, ...own },
              exp_annotations: Object.fromEntries(
                Object.entries(annotations).map(([key, text]) => [key, rendered(text, own, value)]),
              ),
            })),
          },
        ],
      },
    ],
  };
}

/** The little of Prometheus' templates that the annotations use. */
function rendered(text: string, labels: Readonly<Record<string, string>>, value: string): string {
  return text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? `no label ${label}`)
    .replaceAll(/\{\{ \$value( \| humanizeDuration)? \}\}/g, () => value);
}
