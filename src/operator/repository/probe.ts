import { assertNever } from '../../base/assert-never.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import { addSeconds, instantMilliseconds, secondsUntil, toInstant } from '../../domain/instant.ts';
import { retryPauseSeconds } from '../../domain/pace.ts';
import { formatBytes } from '../../domain/amounts.ts';
import { jobType, networkPolicyType } from '../../kube/types.ts';
import type { Action } from '../../runtime/decision.ts';
import type { Report } from '../../task/report.ts';
import { withRemedy } from '../job/advice.ts';
import { outcomeOf } from '../job/outcome.ts';
import { neverStarted, obstacleBefore } from '../job/never-started.ts';
import { refusalBefore } from '../job/refusal.ts';
import { releaseJob } from '../job/release.ts';
import type { Trouble } from '../job/trouble.ts';
import { annotationOf, notes, requestOf, requests } from '../marks.ts';
import { defined } from '../step.ts';
import { probeDeadlineSeconds, probeJob, probeJobName, probeNetworkPolicy } from './objects.ts';
import type { Facts, ProbeStep, SeenPresent, SeenProbe } from './seen.ts';

type ProbeReport = Extract<Report, { kind: 'probe' }>;
const pollSeconds = 60;

/** A probe under way, or about to be. */
export interface ProbeView {
  readonly seen: SeenPresent;
  readonly spec: BackupRepositorySpec;
  readonly facts: Facts;
  readonly now: Date;
}

/** Begins a probe: status names its Job before the Job is made. */
export function beginProbe(view: ProbeView): ProbeStep {
  const { seen, facts, now } = view;
  const startTime = toInstant(now);
  const request = requestOf(seen.repository.metadata, requests.probe);
  const jobName = probeJobName(seen.repository, startTime, request);
  const { nextProbeTime: _due, ...others } = facts;
  return {
    facts: {
      ...others,
      currentProbe: { jobName, startTime },
      ...(request !== undefined && { lastProbeRequest: request }),
    },
    actions: makeProbe(view, jobName),
    events: [],
    wakeAfterSeconds: pollSeconds,
  };
}

/** Takes the probe in status one step further. */
export function advanceProbe(view: ProbeView, jobName: string): ProbeStep {
  const { seen, facts } = view;
  const { probe } = seen;
  switch (probe.state) {
    case 'none':
    case 'absent':
      // Never made, or removed by somebody: a probe harms nobody, so it is made again under its name.
      return {
        facts,
        actions: makeProbe(view, jobName),
        events: [],
        wakeAfterSeconds: pollSeconds,
        obstacle: refusalBefore(seen.repository.status?.conditions),
      };
    case 'foreign':
      return {
        facts,
        actions: [],
        events: [],
        wakeAfterSeconds: pollSeconds,
        collision: `Job ${probe.name}`,
      };
    case 'ours':
      return readProbe(view, probe);
    default:
      return assertNever(probe);
  }
}

function makeProbe({ seen, spec }: ProbeView, jobName: string): readonly Action[] {
  const { settings, repository } = seen;
  return [
    { do: 'apply', type: networkPolicyType, object: probeNetworkPolicy(settings, repository, spec) },
    { do: 'create', type: jobType, object: probeJob(settings, repository, spec, jobName) },
  ];
}

function readProbe(view: ProbeView, probe: SeenProbe & { readonly state: 'ours' }): ProbeStep {
  const { seen, facts, now } = view;
  const outcome = outcomeOf(probe, now);
  if (outcome.state !== 'finished') {
    const isGoing = probe.job.metadata.deletionTimestamp !== undefined;
    const obstacle = outcome.state === 'active' ? outcome.trouble : undefined;
    const actions = isGoing ? releaseJob(probe.job) : [];
    return { facts, actions, events: [], wakeAfterSeconds: pollSeconds, obstacle };
  }
  const actions = releaseJob(probe.job);
  const { currentProbe: _ended, ...rest } = facts;
  const generation = annotationOf(probe.job.metadata, notes.generation);
  if (generation !== String(seen.repository.metadata.generation ?? 0)) {
    // It tells about a spec that is no longer there; without a next time the new one is probed at once.
    const { nextProbeTime: _due, ...due } = rest;
    return { facts: due, actions, events: [], wakeAfterSeconds: 0 };
  }
  const said = outcome.report.state === 'read' ? outcome.report.report : undefined;
  const isPassed = outcome.complete && said?.kind === 'probe';
  return isPassed
    ? { ...passed(view, rest, said), actions }
    : { ...failed(view, rest, said?.kind === 'failed' ? said : lossOfProbe(seen, outcome.loss)), actions };
}

function passed(view: ProbeView, facts: Facts, report: ProbeReport): ProbeStep {
  const { spec, now } = view;
  const { failedProbes: _failed, signingKeyFingerprint: _key, ...rest } = facts;
  const next = addSeconds(now, spec.probe.intervalSeconds);
  return {
    facts: defined({
      ...rest,
      lastProbeTime: toInstant(now),
      nextProbeTime: toInstant(next),
      location: report.location,
      capabilities: report.capabilities,
      latencyMilliseconds: report.latencyMilliseconds,
      signingKeyFingerprint: report.signingKeyFingerprint,
    }),
    actions: [],
    events: [],
    wakeAfterSeconds: secondsUntil(next, now),
    result: { passed: true, message: passedMessage(report) },
  };
}

function failed({ now }: ProbeView, facts: Facts, trouble: Trouble): ProbeStep {
  const { reason, message } = withRemedy(trouble);
  const failedProbes = (facts.failedProbes ?? 0) + 1;
  const next = addSeconds(now, retryPauseSeconds(failedProbes));
  return {
    facts: { ...facts, failedProbes, lastProbeTime: toInstant(now), nextProbeTime: toInstant(next) },
    actions: [],
    events: [],
    wakeAfterSeconds: secondsUntil(next, now),
    result: { passed: false, reason, message },
  };
}

/** A probe has no run to look for in the store, and no limit that its owner could raise. */
function lossOfProbe({ repository }: SeenPresent, loss: Trouble): Trouble {
  if (loss.reason === 'ManifestMissing') return { reason: 'Internal', message: loss.message };
  if (loss.reason !== 'DeadlineExceeded') return loss;
  const obstacle = obstacleBefore(repository.status?.conditions);
  if (obstacle) return neverStarted(obstacle);
  const message = `the probe did not end in ${String(probeDeadlineSeconds)} s`;
  return { reason: 'StoreUnreachable', message };
}

function passedMessage({ latencyMilliseconds, probedBytes, warnings }: ProbeReport): string {
  const { write, read, list, delete: remove } = latencyMilliseconds;
  const total = write + read + list + remove;
  const words = `wrote, read, listed and deleted ${formatBytes(probedBytes)} in ${String(total)} ms`;
  return [words, ...warnings].join('; ');
}

/** When the next probe is due; undefined: now. */
export function nextProbeAt({ seen, facts }: Pick<ProbeView, 'seen' | 'facts'>): Date | undefined {
  const { repository } = seen;
  if (repository.status?.observedGeneration !== repository.metadata.generation) return undefined;
  const request = requestOf(repository.metadata, requests.probe);
  if (request !== undefined && request !== facts.lastProbeRequest) return undefined;
  const next = instantMilliseconds(facts.nextProbeTime);
  return next === undefined ? undefined : new Date(next);
}
