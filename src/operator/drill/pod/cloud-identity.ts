/**
 * Annotations for containers that are to hold no identity of a cloud. Where the pod's service account has one, webhooks
 * of the cluster put it into every container that they are not told to skip: those of EKS (IRSA and Pod Identity) take
 * names between commas, as they stand, and that of Azure Workload Identity between semicolons.
 */
export function withoutCloudIdentity(containers: readonly string[]): Readonly<Record<string, string>> {
  return {
    'eks.amazonaws.com/skip-containers': containers.join(','),
    'azure.workload.identity/skip-containers': containers.join(';'),
  };
}
