import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

const minute = 60_000;

const clusterFiles = (names: readonly string[]): string[] =>
  names.map((name) => `test/cluster/${name}.test.ts`);
/** Change the installation all others share, or measure that nothing changes it. */
const alone = clusterFiles(['api-cases', 'packaging', 'rbac', 'steady']);
/** Bring servers, operators, the node's agent or whole clusters down. */
const kills = clusterFiles(['harness', 'kills']);
const drillKills = clusterFiles(['drill-kills']);

/** Wait for minutes and work for seconds: begun last they would hold up the end of their suite. */
const patient = clusterFiles(['kube-informer']);

class PatientFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isPatient = ({ moduleId }: TestSpecification): boolean =>
      patient.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => isPatient(file)), ...sorted.filter((file) => !isPatient(file))];
  }
}

/** Not isolated: files share a process and the modules that it has loaded, which takes half the time. */
function project(
  name: string,
  include: string[],
  testTimeout: number,
  {
    serial = false,
    isolate = true,
    exclude = [],
  }: { serial?: boolean; isolate?: boolean; exclude?: string[] } = {},
): object {
  return {
    test: {
      name,
      include,
      exclude,
      testTimeout,
      hookTimeout: Math.max(testTimeout, 5 * minute),
      fileParallelism: !serial,
      isolate,
      pool: 'forks',
    },
  };
}

export default defineConfig({
  test: {
    sequence: { sequencer: PatientFirst },
    projects: [
      project('unit', ['src/**/*.test.ts'], 20_000, { isolate: false }),
      project('repo', ['test/repo/**/*.test.ts'], minute),
      project('fault', ['test/fault/**/*.test.ts'], 2 * minute, { isolate: false }),
      project('integration', ['test/integration/**/*.test.ts', 'test/contract/**/*.test.ts'], 5 * minute),
      project('cluster', ['test/cluster/**/*.test.ts'], 15 * minute, {
        exclude: [...alone, ...kills, ...drillKills],
      }),
      project('cluster-alone', alone, 15 * minute, { serial: true }),
      project('cluster-kills', kills, 15 * minute, { serial: true }),
      project('cluster-drill-kills', drillKills, 15 * minute, { serial: true }),
    ],
  },
});
