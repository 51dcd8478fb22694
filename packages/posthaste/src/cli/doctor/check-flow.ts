import { healthOf } from '../../queue/health.ts'
import type { QueueParts } from '../../queue/operator.ts'
import type { PauseRow, WorkerRow } from '../../store/store.ts'
import { moment, span } from '../moments.ts'
import { type Finding, note, ok, problem } from './finding.ts'

/** Does mail flow: workers, claims, streams, pauses, resting transports. */
export async function checkFlow(inside: QueueParts): Promise<Finding[]> {
  const { store } = await inside.connection.ready()
  const [stats, health] = [await store.stats(inside.clock.now()), await healthOf(store, inside, {})]
  const now = inside.clock.now()
  const dead = health.workers.filter(({ leaseUntil }) => leaseUntil <= now)
  const alive = health.workers.length - dead.length
  return [
    ...health.problems.map((message) =>
      problem(
        'flow',
        message,
        'Start `posthaste work` for these streams; `posthaste list --state queued` shows the mail.',
      ),
    ),
    ...(health.healthy ? [ok('flow', `${health.due} mails due, none stuck`)] : []),
    ...workers(alive, dead, now),
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
    ...health.resting.map(({ name, restUntil, reason }) =>
      note(
        `transport ${name}`,
        `rests until ${moment(restUntil)}: ${reason ?? 'no reason is known'}`,
        `It is tried again by itself; \`posthaste transports wake ${name}\` does so now.`,
      ),
    ),
  ]
}

function workers(alive: number, dead: readonly WorkerRow[], now: number): Finding[] {
  if (dead.length === 0) return [ok('workers', `${alive} alive`)]
  return dead.map(({ name, heartbeatAt }) =>
    problem(
      'workers',
      `${name} gave no sign of life for ${span(now - heartbeatAt)}, and did not sign off`,
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

function pauseFinding({ stream, who, since, reason }: PauseRow): Finding {
  const what = stream === '' ? 'every stream' : `the stream '${stream}'`
  return note(
    'paused',
    `${what}, since ${moment(since)}${who ? ` by ${who}` : ''}${reason ? `: ${reason}` : ''}`,
    `\`posthaste resume${stream === '' ? '' : ` --stream ${stream}`}\``,
  )
}
