import type { Health } from '../queue/health.ts'
import type { AttemptRecord, PauseRow, Stats, Suppression, TransportRow, WorkerRow } from '../store/store.ts'

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())

/** The JSON that users' scripts read: instants are ISO 8601; covered by SemVer, so what it holds is listed and not spread. */
export function healthAsJson(health: Health) {
  return {
    healthy: health.healthy,
    problems: health.problems,
    due: health.due,
    oldestDueMs: health.oldestDue,
    workers: health.workers.map(workerAsJson),
    resting: health.resting.map(transportAsJson),
    pauses: health.pauses.map(pauseAsJson),
  }
}

export function statsAsJson(stats: Stats) {
  return {
    states: stats.states,
    streams: stats.streams.map(({ oldestDue, ...stream }) => ({ ...stream, oldestDueAt: iso(oldestDue) })),
    unknown: stats.unknown,
    sentLastMinute: stats.sentLastMinute,
    sentLastHour: stats.sentLastHour,
    failedLastHour: stats.failedLastHour,
  }
}

export function transportAsJson({ name, restUntil, reason, since, faults }: TransportRow) {
  return { name, restUntil: iso(restUntil), reason, since: iso(since), faults }
}

export function suppressionAsJson({ createdAt, expiresAt, ...entry }: Suppression) {
  return { ...entry, stream: entry.stream || null, createdAt: iso(createdAt), expiresAt: iso(expiresAt) }
}

export function attemptAsJson({ mailId: _, token: __, startedAt, ...attempt }: AttemptRecord) {
  return { ...attempt, startedAt: iso(startedAt) }
}

function pauseAsJson({ stream, reason, who, since }: PauseRow) {
  return { stream: stream || null, reason, who, since: iso(since) }
}

function workerAsJson(worker: WorkerRow) {
  return {
    id: worker.id,
    name: worker.name,
    version: worker.version,
    streams: worker.streams,
    concurrency: worker.concurrency,
    delivered: worker.delivered,
    sleeping: worker.sleeping,
    stopping: worker.stopping,
    startedAt: iso(worker.startedAt),
    heartbeatAt: iso(worker.heartbeatAt),
    leaseUntil: iso(worker.leaseUntil),
  }
}
