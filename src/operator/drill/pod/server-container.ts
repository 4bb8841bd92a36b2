import type { DrillServer } from '../../../api/v1alpha1/backup-drill-server.ts';
import { quantityValue } from '../../../api/v1alpha1/quantity.ts';
import type { DrillVolumeSize } from '../../../domain/drill-volume.ts';
import { drillServerScript } from '../../../domain/drill-server.ts';
import { quantityOf } from '../../../domain/drill-volume.ts';
import { workerPaths } from '../../../task/paths.ts';
import type { ResourceDefaults } from '../../job/worker-resources.ts';
import { workerResources } from '../../job/worker-resources.ts';
import { containerSecurity, serverContainer } from '../../job/worker-pod.ts';
import type { Settings } from '../../settings.ts';
import { passwdMount } from './passwd.ts';
import { scratchVolume, serverMount, shared, sharedMount } from './volumes.ts';

const defaults: ResourceDefaults = {
  requests: { cpu: '250m', memory: '256Mi', 'ephemeral-storage': '64Mi' },
  limits: { memory: '1Gi', 'ephemeral-storage': '256Mi' },
};

export interface ServerParts {
  readonly server: DrillServer;
  readonly image: string;
  readonly size: DrillVolumeSize;
}

type ServerResources = ReturnType<typeof workerResources>;

/** The throw-away PostgreSQL as a sidecar: it starts before the worker and is stopped when the worker has ended. */
export function serverSidecar(settings: Settings, parts: ServerParts): object {
  const resources = serverResources(parts);
  return {
    name: serverContainer,
    image: parts.image,
    imagePullPolicy: settings.pullPolicy,
    restartPolicy: 'Always',
    command: ['sh', '-c', serverScript(parts, resources)],
    resources,
    securityContext: containerSecurity,
    volumeMounts: [
      serverMount,
      sharedMount(shared.socket),
      passwdMount,
      { name: 'server-tmp', mountPath: '/tmp' },
    ],
  };
}

export const serverVolume = scratchVolume('server-tmp', '128Mi');

/**
 * A server that cannot start says why in a file and ends; ended at once it would keep the worker, which reads that
 * file, from ever starting. Images say which signal stops them: the official one SIGINT.
 */
const stayAfterFault = `trap 'trap "exit 1" TERM INT; sleep 3600 & wait "$!"' EXIT`;

function serverScript({ server, size }: ServerParts, resources: ServerResources): string {
  const memoryBytes = quantityValue(resources.limits.memory ?? 0) ?? 0;
  const { cpu } = resources.limits;
  const processors = cpu === undefined ? undefined : quantityValue(cpu);
  const script = drillServerScript({
    folder: `${workerPaths.root}/${shared.drill}`,
    socketFolder: `${workerPaths.root}/${shared.socket}`,
    settings: server.settings,
    memoryBytes,
    volumeBytes: size.bytes,
    ...(processors !== undefined && { processors }),
  });
  return `${stayAfterFault}\n${script}`;
}

/** What lies on the disk of the node counts as the container's, and room for it is asked of the scheduler. */
function serverResources({ server, size }: ServerParts): ServerResources {
  const resources = workerResources(server.resources, defaults);
  if (server.volume.storageClassName !== undefined) return resources;
  const { requests, limits } = resources;
  const withDisk = (amount: string | number | undefined): string =>
    quantityOf((quantityValue(amount ?? 0) ?? 0) + size.bytes);
  const name = 'ephemeral-storage';
  return {
    requests: { ...requests, ...(size.isKnown && { [name]: withDisk(requests[name]) }) },
    limits: { ...limits, [name]: withDisk(limits[name]) },
  };
}
