import { latestInstant } from '../../input/time.ts'
import { isFinal } from '../../mail/transitions.ts'
import { truncateForColumn } from '../add/rows.ts'
import type { Engine, JsonColumns } from '../engine.ts'
import type { AttemptRecord, Settling } from '../store.ts'
import { changesOf } from '../transition-sql.ts'

export const settleColumns = {
  mail_id: 'id',
  token: 'bigint',
  state: 'text',
  reason: 'text',
  due_at: 'bigint',
  attempts: 'integer',
  unknowns: 'integer',
  settled_at: 'bigint',
} as const satisfies JsonColumns

/** Of a delivery `d` from a settlement `g`. What a stale acceptance has recorded meanwhile stays: its flag. */
export const settleChanges = changesOf('settle', {
  now: 'g.settled_at',
  state: 'g.state',
  reason: 'g.reason',
  settled_at: 'g.settled_at',
  due_at: 'g.due_at',
  attempts: 'g.attempts',
  unknowns: 'case when g.unknowns > d.unknowns then g.unknowns else d.unknowns end',
  lane: 'd.lane - d.lane % 2 + case when g.attempts > 0 then 1 else 0 end',
})

export const changeColumns = {
  mail_id: 'id',
  seq: 'integer',
  state: 'text',
  code: 'integer',
  enhanced: 'text',
  reply: 'text',
  settled_at: 'bigint',
} as const satisfies JsonColumns

export const attemptColumns = {
  mail_id: 'id',
  token: 'bigint',
  attempt: 'integer',
  started_at: 'bigint',
  ms: 'integer',
  worker: 'text',
  transport: 'text',
  outcome: 'text',
  code: 'integer',
  enhanced: 'text',
  reply: 'text',
  error_code: 'text',
  doubt: 'integer',
  remote: 'text',
  tls: 'text',
  server_message_id: 'text',
  recipients: 'text',
} as const satisfies JsonColumns

type RowOf<C> = Record<keyof C, string | number | null>

/** In the order of their ids, so that two workers lock in one order. */
export function settleRows(
  settlings: readonly Settling[],
  now: number,
  engine: Engine,
): RowOf<typeof settleColumns>[] {
  return settlings
    .map(({ settlement }) => ({
      mail_id: engine.jsonId(settlement.mailId),
      token: settlement.token,
      state: settlement.state,
      reason: settlement.reason,
      due_at: Math.min(latestInstant, Math.round(settlement.dueAt)),
      attempts: settlement.attempts,
      unknowns: settlement.unknowns,
      settled_at: isFinal(settlement.state) ? now : null,
    }))
    .sort((a, b) => (a.mail_id < b.mail_id ? -1 : 1))
}

export function changeRows(
  { settlement }: Settling,
  now: number,
  engine: Engine,
): RowOf<typeof changeColumns>[] {
  return settlement.recipients.map(({ seq, state, reply }) => ({
    mail_id: engine.jsonId(settlement.mailId),
    seq,
    state,
    code: small(reply?.code),
    enhanced: bounded(reply?.enhanced, 12),
    reply: bounded(reply?.text, 2_000),
    settled_at: state === 'pending' ? null : now,
  }))
}

/** Every text is bounded: a column that overflows would take the whole batch with it. */
export function attemptRow(attempt: AttemptRecord, engine: Engine): RowOf<typeof attemptColumns> {
  return {
    mail_id: engine.jsonId(attempt.mailId),
    token: attempt.token,
    attempt: attempt.attempt,
    started_at: Math.round(attempt.startedAt),
    ms: Math.min(2 ** 31 - 1, Math.round(attempt.ms)),
    worker: truncateForColumn(attempt.worker, 200),
    transport: truncateForColumn(attempt.transport, 60),
    outcome: truncateForColumn(attempt.outcome, 16),
    code: small(attempt.code),
    enhanced: bounded(attempt.enhanced, 12),
    reply: bounded(attempt.reply, 2_000),
    error_code: bounded(attempt.errorCode, 60),
    doubt: attempt.doubt ? 1 : 0,
    remote: bounded(attempt.remote, 300),
    tls: bounded(attempt.tls, 120),
    server_message_id: bounded(attempt.serverMessageId, 300),
    recipients: recipientsJson(attempt),
  }
}

function recipientsJson({ recipients }: AttemptRecord): string | null {
  if (recipients.length === 0) return null
  return JSON.stringify(
    recipients.map((one) => [
      one.address,
      one.verdict,
      one.code ?? null,
      one.enhanced ?? null,
      bounded(one.text, 500),
    ]),
  )
}

function bounded(text: string | null | undefined, length: number): string | null {
  return text === null || text === undefined ? null : truncateForColumn(text, length)
}

function small(code: number | null | undefined): number | null {
  return typeof code === 'number' && Number.isInteger(code) && Math.abs(code) < 32_768 ? code : null
}
