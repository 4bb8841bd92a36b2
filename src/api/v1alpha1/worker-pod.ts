import { z } from 'zod';
import type { KeyRule } from '../bounded.ts';
import { atomicList, mapOf } from '../bounded.ts';
import { celPattern, withRule } from '../rule.ts';
import { objectName } from './names.ts';
import { resourcesOf } from './resources.ts';

const dnsLabel = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const keyPattern = new RegExp(
  String.raw`^(${dnsLabel}(\.${dnsLabel})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`,
);
const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);

const wellFormed: KeyRule = {
  holds: (key) => key.length <= 317 && keyPattern.test(key),
  cel: `k.size() <= 317 && k.matches(${celPattern(keyPattern)})`,
  message:
    'a key must be a name of at most 63 characters, with a DNS name and a slash before it where wanted',
};

// What the platform acts on: which pod belongs to whom, security profiles, cloud identities (kube2iam, kiam),
// further networks (Multus). A tenant must not choose these for a pod that reads secrets.
const reservedPattern =
  /^([a-z0-9.-]+\.)?(kubernetes\.io|k8s\.io|pgcairn\.dev|iam\.amazonaws\.com|cncf\.io)\//;
const notReserved: KeyRule = {
  holds: (key) => !reservedPattern.test(key) && key !== 'job-name' && key !== 'controller-uid',
  cel: `!k.matches(${celPattern(reservedPattern)}) && !(k in ['job-name', 'controller-uid'])`,
  message:
    'keys under pgcairn.dev, kubernetes.io, k8s.io, iam.amazonaws.com and cncf.io, and the keys job-name and controller-uid, are not for users to set',
};

const tolerationFields = z.strictObject({
  key: z
    .string()
    .max(317)
    .regex(new RegExp(`^(${keyPattern.source.slice(1, -1)})?$`))
    .describe('key is the key of the taint. Absent: every key, with operator Exists.')
    .optional(),
  operator: z
    .enum(['Exists', 'Equal'])
    .describe('operator says how value is compared. Absent: Equal.')
    .optional(),
  value: labelValue.describe('value is the value of the taint, for operator Equal.').optional(),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .describe('effect is the effect of the taint. Absent: every effect.')
    .optional(),
});

// Both rules are Kubernetes' own; without them the Job would be refused long after.
const Toleration = withRule(
  withRule(tolerationFields, {
    holds: ({ key, operator }) => Boolean(key) || operator === 'Exists',
    cel: "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
    message: 'a toleration without key needs operator Exists',
  }),
  {
    holds: ({ operator, value }) => operator !== 'Exists' || !value,
    cel: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'a toleration with operator Exists has no value',
  },
);

const priorityClassName = withRule(objectName, {
  holds: (name) => !name.startsWith('system-'),
  cel: "!self.startsWith('system-')",
  message: 'priority classes of the system are not for backups',
});

/** What may be said about the worker's pod. No account, image, command, volume or security setting is among it. */
export const WorkerSpec = z.strictObject({
  resources: resourcesOf('worker').describe('resources is what the worker gets of its node.').prefault({}),
  nodeSelector: mapOf(labelValue, 16, [wellFormed])
    .describe('nodeSelector names labels that a node must have. Empty: any node.')
    .default({}),
  tolerations: atomicList(Toleration, 16)
    .describe('tolerations name the taints of nodes that the worker may stand on. Empty: none.')
    .default([]),
  labels: mapOf(labelValue, 16, [wellFormed, notReserved])
    .describe('labels are further labels of the pod, for network policies, cost reports and the like.')
    .default({}),
  annotations: mapOf(z.string().max(1024), 16, [wellFormed, notReserved])
    .describe('annotations are further annotations of the pod.')
    .default({}),
  priorityClassName: priorityClassName
    .describe('priorityClassName names the priority class of the pod. Absent: the default of the cluster.')
    .optional(),
});
export type WorkerSpec = z.infer<typeof WorkerSpec>;
