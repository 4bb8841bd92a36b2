import type { KubeObject, ResourceType } from '../base/resource.ts';

/** The parts of built-in kinds that pgcairn reads; all of them optional as on the wire. */
export interface JobCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}
export interface Job extends KubeObject {
  readonly spec?: { readonly suspend?: boolean; readonly [field: string]: unknown };
  readonly status?: {
    readonly conditions?: readonly JobCondition[];
    readonly active?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
  };
}
export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly finishedAt?: string;
    };
  };
}
export interface Pod extends KubeObject {
  readonly spec?: {
    readonly volumes?: readonly {
      readonly name: string;
      readonly persistentVolumeClaim?: { readonly claimName: string };
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly podIP?: string;
    readonly conditions?: readonly JobCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}
/** Those that answer behind a name of the cluster. */
export interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    /** `None` for a headless one. */
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly externalName?: string;
    readonly ports?: readonly {
      readonly protocol?: string;
      readonly port: number;
      readonly targetPort?: number | string;
    }[];
  };
}
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

const core = { group: '', version: 'v1' } as const;
export const jobType: ResourceType<Job> = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs' };
export const podType: ResourceType<Pod> = { ...core, kind: 'Pod', plural: 'pods' };
export const namespaceType: ResourceType = { ...core, kind: 'Namespace', plural: 'namespaces' };
export const serviceType: ResourceType<Service> = { ...core, kind: 'Service', plural: 'services' };
export const leaseType: ResourceType<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
};
export const eventType: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
};
export const networkPolicyType: ResourceType = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
};
