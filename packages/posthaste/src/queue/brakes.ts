import { type BrakeScope, covers } from '../brake.ts'
import { moment } from '../moments.ts'
import { originOf } from '../refusal.ts'
import type { MailRecord } from '../store/record-store.ts'
import type { WaitingRefusals } from '../store/store.ts'

/** Everything was refused alike, so nothing is judged until something is accepted: no mail fails, and one at a time tries. */
export interface Brake {
  readonly transport: string
  /** All of the transport's mail, or that of one stream, sender or tenant. */
  readonly scope: BrakeScope
  /** Which stream, sender's domain or tenant; null where it is all. */
  readonly value: string | null
  /** What was said, without addresses, host names and numbers. */
  readonly reply: string
  readonly since: Date
  /** When the next mail tries it. */
  readonly until: Date
  /** Mails that were refused, and go again when it ends. */
  readonly refused: number
}

/** Those that are on. */
export function brakesOf({ brakes, waiting }: WaitingRefusals): Brake[] {
  return brakes
    .filter(({ endedAt }) => endedAt === null)
    .map((brake) => {
      const held = waiting.filter((one) => one.transport === brake.transport && covers(brake, one))
      return {
        transport: brake.transport,
        scope: brake.scope,
        value: brake.value || null,
        reply: brake.reply,
        since: new Date(brake.since),
        until: new Date(brake.canaryAt),
        refused: new Set(held.map(({ mailId }) => mailId)).size,
      }
    })
}

/** Does the brake keep this mail back, where its transport sends it? */
export function isHeldBy(mail: MailRecord, { scope, value }: Brake): boolean {
  return covers({ scope, value: value ?? '' }, originOf(mail))
}

/** What is wrong where a brake is on, in words. */
export function brakeProblem({ transport, reply, until, ...brake }: Brake): string {
  return `the transport '${transport}' refuses ${brakedMail(brake)} alike: "${reply}"; none fails, and one tries again at ${moment(until)}`
}

function brakedMail({ scope, value }: Pick<Brake, 'scope' | 'value'>): string {
  return scope === 'transport' ? 'all mail' : `all mail of the ${scope} '${value}'`
}
