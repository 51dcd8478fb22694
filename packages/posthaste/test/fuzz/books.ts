import type { Health } from '../../src/queue/health.ts'
import type { MailRecord } from '../../src/queue/records.ts'
import type { Victim } from './edits.ts'
import { type Scene, shared, wicked } from './scene.ts'

/** What a round has put into the queue. */
export interface Put {
  /** Good mail: its recipient by its id. */
  readonly good: ReadonlyMap<string, string>
  readonly victims: readonly Victim[]
  /** Victims that surely cannot be read. */
  readonly unreadable: ReadonlySet<string>
  /** There are rows that are nobody's: a dead worker's, a pause, a brake. */
  readonly withOthers: boolean
}

/** Compares what was put in, what arrived, and what the queue says: gives what is wrong. */
export async function audit(scene: Scene, put: Put): Promise<string[]> {
  const health = await scene.mail.health()
  const records = await allRecords(scene)
  const sure = await Promise.all(
    [...put.unreadable].map((id) => wrongOfUnreadable(scene, records.get(id), id)),
  )
  return [
    ...wrongArrivals(scene, put),
    ...wrongRecords(records, put),
    ...sure.flat(),
    ...wrongHealth(health, put),
    ...(put.victims.length > 0 ? [] : wrongDue(health, records)),
  ]
}

async function allRecords({ mail }: Scene): Promise<Map<string, MailRecord>> {
  const records = new Map<string, MailRecord>()
  for (let after: string | undefined; ; ) {
    const page = await mail.find({ all: true }, { limit: 500, ...(after && { after }) })
    for (const record of page.items) records.set(record.id, record)
    if (!page.next) return records
    after = page.next
  }
}

function wrongArrivals({ arrivals }: Scene, { good }: Put): string[] {
  const wrong = [...good.values()].flatMap((address) => {
    const times = arrivals.get(address) ?? 0
    return times === 1 ? [] : [`good mail to ${address} was delivered ${times} times`]
  })
  return wrong.length > 5 ? [...wrong.slice(0, 5), `… and ${wrong.length - 5} more`] : wrong
}

function wrongRecords(records: ReadonlyMap<string, MailRecord>, { good, victims }: Put): string[] {
  const wrong: string[] = []
  for (const [id, address] of good) {
    const found = records.get(id)
    if (found?.state !== 'sent') wrong.push(`good mail to ${address} is ${found?.state ?? 'gone'}`)
    if (found?.unreadable.length) wrong.push(`good mail to ${address} cannot be read: ${found.unreadable}`)
  }
  for (const { id, edits } of victims) {
    const columns = edits.map(({ column }) => column)
    const odd =
      records.get(id)?.unreadable.filter((name) => !columns.includes(name.replace(/^.*\./, ''))) ?? []
    if (odd.length > 0)
      wrong.push(`${odd} cannot be read where ${columns.join(', ') || 'nothing'} was edited`)
  }
  return wrong.slice(0, 5)
}

/** It failed, and its history says why. */
async function wrongOfUnreadable(
  { mail }: Scene,
  record: MailRecord | undefined,
  id: string,
): Promise<string[]> {
  const last = (await mail.attempts(id)).at(-1)
  const isTold =
    record?.state === 'failed' && record.reason === 'unreadable' && last?.outcome === 'unreadable'
  return isTold ? [] : [`mail that cannot be read is ${record?.state} (${record?.reason}), ${last?.outcome}`]
}

/** Of what an edited row may rightly make it complain. */
const ofEdits =
  /waited for|is not configured|clock that was ahead|no running worker serves|no worker is alive|refuses all mail/

const ofNoWorker = /due and no worker is alive/

export function wrongHealth(health: Health, { victims, withOthers }: Put): string[] {
  const { healthy, problems, brakes, backingOff, workers } = health
  const alive = workers.some((worker) => worker.alive)
  const sick = [...wicked, ...shared, 'spare']
  const braked = brakes.map(({ transport }) => transport)
  const odd = problems.filter(
    (problem) =>
      !(/refuses all mail/.test(problem) && braked.some((name) => problem.includes(`'${name}'`))) &&
      !(ofNoWorker.test(problem) && !alive) &&
      !((victims.length > 0 || withOthers) && ofEdits.test(problem)),
  )
  const mayBeSick = (name: string) => sick.includes(name) || withOthers
  return [
    ...odd.map((problem) => `health says: ${problem}`),
    ...(healthy === (problems.length === 0) ? [] : ['health is not what its problems say']),
    ...braked.filter((name) => !mayBeSick(name)).map((name) => `the good transport is braked: ${name}`),
    ...backingOff
      .filter(({ name }) => !mayBeSick(name))
      .map(({ name }) => `the good transport backs off: ${name}`),
  ]
}

/** Where no row was edited, it counts what is due. */
function wrongDue({ at, due }: Health, records: ReadonlyMap<string, MailRecord>): string[] {
  const found = [...records.values()].filter(({ state, dueAt }) => state === 'queued' && dueAt <= at).length
  return found === due ? [] : [`health says that ${due} mails are due, and ${found} are`]
}

/** A good transport is well, and so is the database, whatever became of others. */
export async function wrongDiagnosis({ mail }: Scene): Promise<string[]> {
  const findings = await mail.diagnose()
  const mustBeWell = ['database', 'tables', 'clock', 'transport default']
  return mustBeWell.flatMap((name) => {
    const found = findings.find(({ check }) => check === name)
    return found?.level === 'ok' ? [] : [`diagnose says of ${name}: ${found?.message ?? 'nothing'}`]
  })
}
