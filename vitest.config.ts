import { defineConfig } from 'vitest/config';

const minute = 60_000;

/** Files that change the installation all others share, or measure that nothing changes it. */
const alone = ['api-cases', 'harness', 'kills', 'packaging', 'rbac', 'steady'].map(
  (name) => `test/cluster/${name}.test.ts`,
);

function project(
  name: string,
  include: string[],
  testTimeout: number,
  { serial = false, exclude = [] }: { serial?: boolean; exclude?: string[] } = {},
): object {
  return {
    test: {
      name,
      include,
      exclude,
      testTimeout,
      hookTimeout: Math.max(testTimeout, 5 * minute),
      fileParallelism: !serial,
      pool: 'forks',
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', ['src/**/*.test.ts'], 20_000),
      project('repo', ['test/repo/**/*.test.ts'], minute),
      project('fault', ['test/fault/**/*.test.ts'], 2 * minute),
      project('integration', ['test/integration/**/*.test.ts', 'test/contract/**/*.test.ts'], 5 * minute),
      project('cluster', ['test/cluster/**/*.test.ts'], 15 * minute, { exclude: alone }),
      project('cluster-alone', alone, 15 * minute, { serial: true }),
    ],
  },
});
