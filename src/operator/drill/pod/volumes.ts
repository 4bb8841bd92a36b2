import type { DrillServer } from '../../../api/v1alpha1/backup-drill-server.ts';
import type { DrillVolumeSize } from '../../../domain/drill-volume.ts';
import { quantityOf } from '../../../domain/drill-volume.ts';
import { workerPaths } from '../../../task/paths.ts';

/** What worker, server and application share, by the names of volumes. */
export const shared = {
  drill: workerPaths.drill,
  socket: workerPaths.socket,
  application: workerPaths.application,
} as const;

/** The mount of a shared volume: at the same place in every container. */
export function sharedMount(name: (typeof shared)[keyof typeof shared]): object {
  return { name, mountPath: `${workerPaths.root}/${name}` };
}

/**
 * What the server sees of the volume of the drill: its own folder, and nothing of the copy and the opened dumps. The
 * kubelet makes the folder with the mode and the group of the volume, so that the server may write to it.
 */
export const serverMount: object = {
  name: shared.drill,
  mountPath: `${workerPaths.root}/${shared.drill}`,
  subPath: 'server',
};

/**
 * Where the copy, the restored databases and their sort files lie: a volume of a storage class that lives as long as
 * the pod, else the disk of the node.
 */
export function drillVolume({ volume }: DrillServer, { bytes }: DrillVolumeSize): object {
  const size = quantityOf(bytes);
  if (volume.storageClassName === undefined) return { name: shared.drill, emptyDir: { sizeLimit: size } };
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: volume.storageClassName,
    resources: { requests: { storage: size } },
  };
  return { name: shared.drill, ephemeral: { volumeClaimTemplate: { spec } } };
}

/** In memory, so that no disk of a node has to take a socket; nothing else lies there. */
export const socketVolume: object = {
  name: shared.socket,
  emptyDir: { medium: 'Memory', sizeLimit: '1Mi' },
};

export function scratchVolume(name: string, size: string): object {
  return { name, emptyDir: { sizeLimit: size } };
}
