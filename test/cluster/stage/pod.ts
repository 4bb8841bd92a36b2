export interface PodParts {
  readonly image: string;
  /** For `sh -c`. */
  readonly script: string;
  readonly volumes?: readonly object[];
  readonly mounts?: readonly object[];
}

/** A pod that the restricted Pod Security Standard admits, and that nobody restarts. */
export function podOf(name: string, { image, script, volumes = [], mounts = [] }: PodParts): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        fsGroup: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: { cpu: '20m', memory: '16Mi' } },
          volumeMounts: mounts,
        },
      ],
      volumes,
    },
  };
}
