import type { BackupDrillSpec } from '../../../api/v1alpha1/backup-drill.ts';
import type { Companions } from '../../job/worker-pod.ts';
import { serverContainer } from '../../job/worker-pod.ts';
import type { Settings } from '../../settings.ts';
import {
  applicationContainer,
  applicationContainers,
  applicationVolumes,
  gateContainer,
} from './application-container.ts';
import { withoutCloudIdentity } from './cloud-identity.ts';
import { passwd, passwdNote, passwdVolume } from './passwd.ts';
import type { ServerParts } from './server-container.ts';
import { serverSidecar, serverVolume } from './server-container.ts';
import { drillVolume, shared, sharedMount, socketVolume } from './volumes.ts';

/** What stands beside the worker of a drill: the throw-away server and, where there is one, the application. */
export function drillCompanions(
  settings: Settings,
  { server, checks }: BackupDrillSpec,
  choice: Omit<ServerParts, 'server'>,
): Companions {
  const { application } = checks;
  const names = [...(application ? [gateContainer, applicationContainer] : []), serverContainer];
  return {
    annotations: { [passwdNote]: passwd, ...withoutCloudIdentity(names) },
    initContainers: [
      ...(application ? applicationContainers(settings, application) : []),
      serverSidecar(settings, { server, ...choice }),
    ],
    volumes: [
      drillVolume(server, choice.size),
      socketVolume,
      passwdVolume,
      serverVolume,
      ...(application ? applicationVolumes : []),
    ],
    mounts: [
      sharedMount(shared.drill),
      sharedMount(shared.socket),
      ...(application ? [sharedMount(shared.application)] : []),
    ],
  };
}
