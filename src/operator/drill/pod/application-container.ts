import type { DrillChecks } from '../../../api/v1alpha1/backup-drill-checks.ts';
import { gateScript } from '../../../domain/application-gate.ts';
import { workerPaths } from '../../../task/paths.ts';
import { containerSecurity } from '../../job/worker-pod.ts';
import type { ResourceDefaults } from '../../job/worker-resources.ts';
import { workerResources } from '../../job/worker-resources.ts';
import type { Settings } from '../../settings.ts';
import { passwdMount } from './passwd.ts';
import { scratchVolume, shared, sharedMount } from './volumes.ts';

type Application = NonNullable<DrillChecks['application']>;

export const applicationContainer = 'application';
/** Puts the shell of the gate where the application finds it. */
export const gateContainer = 'gate';
/** A shell that needs nothing of the image that it runs in; it lies in the worker's image. */
const busyboxInWorker = '/usr/lib/pgcairn/busybox';
const gateFolder = `${workerPaths.root}/gate`;
const gateMount = { name: 'gate', mountPath: gateFolder };

const defaults: ResourceDefaults = {
  requests: { cpu: '50m', memory: '64Mi', 'ephemeral-storage': '64Mi' },
  limits: { memory: '1Gi', 'ephemeral-storage': '1Gi' },
};

/**
 * The application of the owner behind a gate that the worker opens. A sidecar, too: it may be a server that never
 * ends, and how it ends is for the worker to judge.
 */
export function applicationContainers(settings: Settings, application: Application): readonly object[] {
  const busybox = `${gateFolder}/busybox`;
  const folder = `${workerPaths.root}/${workerPaths.application}`;
  return [
    {
      name: gateContainer,
      image: settings.workerImage,
      imagePullPolicy: settings.pullPolicy,
      command: [busyboxInWorker, 'cp', busyboxInWorker, busybox],
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
      securityContext: containerSecurity,
      volumeMounts: [gateMount],
    },
    {
      name: applicationContainer,
      image: application.image,
      imagePullPolicy: settings.pullPolicy,
      restartPolicy: 'Always',
      command: [busybox, 'sh', '-c', gateScript(busybox, folder), 'gate', ...application.command],
      env: [{ name: 'HOME', value: '/tmp' }],
      resources: workerResources(application.resources, defaults),
      securityContext: containerSecurity,
      volumeMounts: [
        { ...gateMount, readOnly: true },
        sharedMount(shared.application),
        sharedMount(shared.socket),
        passwdMount,
        { name: 'application-tmp', mountPath: '/tmp' },
      ],
    },
  ];
}

export const applicationVolumes: readonly object[] = [
  { name: 'gate', emptyDir: { sizeLimit: '16Mi' } },
  scratchVolume(shared.application, '8Mi'),
  scratchVolume('application-tmp', '512Mi'),
];
