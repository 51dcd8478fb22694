import { moment, span } from '../../moments.ts'
import { brakeProblem } from '../brakes.ts'
import { type Health, ownFaultProblem, withOwnFault } from '../health.ts'
import type { QueueAdmin } from '../queue-admin.ts'
import type { Pause, WorkerInfo } from '../records.ts'
import { type Finding, note, ok, problem } from './finding.ts'

/** Does mail flow: workers, claims, streams, pauses, transports that back off. */
export async function checkFlow(queue: Pick<QueueAdmin, 'stats' | 'health'>): Promise<Finding[]> {
  const [stats, health] = [await queue.stats(), await queue.health()]
  const dead = health.workers.filter((worker) => !worker.alive)
  const alive = health.workers.length - dead.length
  return [
    ...problems(health),
    ...(health.healthy ? [ok('flow', `${health.due} mails due, none stuck`)] : []),
    ...workers(alive, dead, health.at),
    ...(stats.states.sending > 0 && alive === 0
      ? [
          problem(
            'claims',
            `${stats.states.sending} mails are claimed, and no worker is alive`,
            'Start a worker: it takes them over when their lease has ended.',
          ),
        ]
      : []),
    ...unknowns(stats.unknown),
    ...health.pauses.map((pause) => pauseFinding(pause)),
    ...health.backingOff
      .filter(({ state }) => state === 'backing-off')
      .map(({ name, until, reason }) =>
        note(
          `transport ${name}`,
          `backs off until ${moment(until)}: ${reason ?? 'no reason is known'}`,
          `It is tried again by itself; \`posthaste transports resume ${name}\` does so now.`,
        ),
      ),
  ]
}

function problems({ brakes, problems, workers }: Health): Finding[] {
  const failing = withOwnFault(workers)
  const said = [...brakes.map(brakeProblem), ...failing.map(ownFaultProblem)]
  return [
    ...brakes.map((brake) =>
      problem(
        `transport ${brake.transport}`,
        brakeProblem(brake),
        `Mend it at the provider: the account, the right to relay, the sender's domain. \`posthaste transports resume ${brake.transport}\` tries again at once.`,
      ),
    ),
    ...failing.map((worker) =>
      problem(
        `worker ${worker.name}`,
        ownFaultProblem(worker),
        'Mend its machine: room on the disk, memory, file descriptors, files that it may not use. It tries again by itself.',
      ),
    ),
    ...problems
      .filter((message) => !said.includes(message))
      .map((message) =>
        problem(
          'flow',
          message,
          'Start `posthaste work` for these streams; `posthaste list --state queued` shows the mail.',
        ),
      ),
  ]
}

function workers(alive: number, dead: readonly WorkerInfo[], now: Date): Finding[] {
  if (dead.length === 0) return [ok('workers', `${alive} alive`)]
  return dead.map(({ name, heartbeatAt }) =>
    problem(
      'workers',
      `${name} gave no sign of life for ${span(now.getTime() - heartbeatAt.getTime())}, and did not sign off`,
      'Look why it died. Its mail is taken over by any worker that runs.',
    ),
  )
}

function unknowns(count: number): Finding[] {
  if (count === 0) return []
  return [
    note(
      'unknown',
      `${count} stored mails may have left twice, or not at all`,
      '`posthaste list --unknown` shows them.',
    ),
  ]
}

function pauseFinding({ stream, who, since, reason }: Pause): Finding {
  const what = stream === null ? 'every stream' : `the stream '${stream}'`
  return note(
    'paused',
    `${what}, since ${moment(since)}${who ? ` by ${who}` : ''}${reason ? `: ${reason}` : ''}`,
    `\`posthaste resume${stream === null ? '' : ` --stream ${stream}`}\``,
  )
}
