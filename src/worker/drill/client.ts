import { Failure } from '../../domain/failure.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ClientPrograms } from '../../postgres/clients.ts';
import { findClients } from '../../postgres/clients.ts';

/** The programs that wrote a run, by their major, or the nearest newer ones. Throws `Failure` ServerTooNew. */
export async function chooseRestorer(
  clientRoot: string | undefined,
  { client, runId }: Manifest,
): Promise<ClientPrograms> {
  const wanted = Number.parseInt(client.version, 10);
  const found = (await findClients(clientRoot)).find(({ major }) => major >= wanted);
  if (found !== undefined) return found;
  throw new Failure(
    'ServerTooNew',
    `run ${runId} was written by pg_dump ${client.version}, and no pg_restore of ${String(wanted)} or newer is installed here`,
  );
}
