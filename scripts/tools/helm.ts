import { fileURLToPath } from 'node:url';
import { goProgram } from './go-build.ts';
import { helmVersion } from './versions.ts';

/** Path of the `helm` program. Built once. */
export async function helm(): Promise<string> {
  return goProgram({
    name: 'helm',
    module: fileURLToPath(new URL('helm', import.meta.url)),
    package: 'helm.sh/helm/v4/cmd/helm',
    variables: [`helm.sh/helm/v4/internal/version.version=${helmVersion}`],
  });
}
