import type { Executor, Row } from '../../connections/database.ts'
import { recipientStates } from '../../mail/mail.ts'
import { isFinal } from '../../mail/transitions.ts'
import type { Refusal } from '../../refusal.ts'
import { withTransactionRetry } from '../database-errors.ts'
import { writeSettlings } from '../delivery/stepwise-settle.ts'
import type { Engine, StoreBase } from '../engine.ts'
import { eraseEnded } from '../erase.ts'
import { deleteGiven, fromGiven, idsParam, lockGiven, updateGiven } from '../given-ids.ts'
import type { Proven } from '../refusal-store.ts'
import { groupBy, StoredRow } from '../rows.ts'
import { isFor, nextToken } from '../transition-sql.ts'
import { provenSettling, type Refused, rejectedOf } from './proven.ts'
import { idsOf } from './refusals.ts'

export interface Proving {
  readonly worker: string
  readonly now: number
}

/** Mail that is under way is left: its worker hears of it with the next refusal. */
export async function proveRefusals(
  { database, engine }: StoreBase,
  refusals: readonly Refusal[],
  by: Proving,
): Promise<Proven[]> {
  if (refusals.length === 0) return []
  return withTransactionRetry(() => database.transaction((tx) => prove(tx, refusals, { ...by, engine })))
}

async function prove(
  tx: Executor,
  refusals: readonly Refusal[],
  { engine, ...by }: Proving & { engine: Engine },
): Promise<Proven[]> {
  const { delivery, refusal } = engine.tables
  const mails = (await lockRefused(tx, refusals, { ...by, engine })).filter(
    (one) => rejectedOf(one).length > 0,
  )
  if (mails.length === 0) return []
  const ids = [
    idsParam(
      engine,
      mails.map(({ mailId }) => mailId),
    ),
  ]
  await tx.query(updateGiven(engine, { table: delivery, key: 'mail_id', set: { token: nextToken() } }), ids)
  const settlings = mails.map((mail) => provenSettling(mail, by))
  await writeSettlings(tx, settlings, { now: by.now, engine })
  await tx.query(deleteGiven(engine, refusal, 'mail_id'), ids)
  await eraseEnded(
    tx,
    mails.map(({ mailId }) => mailId),
    engine,
  )
  return mails.map((mail, index) => provenOf(mail, settlings[index]?.settlement.state))
}

function provenOf(mail: Refused, state: Parameters<typeof isFinal>[0] | undefined): Proven {
  const { mailId, messageId, stream, tenant, attempts } = mail
  const reply = rejectedOf(mail)[0]?.reply ?? { text: '' }
  return {
    mailId,
    messageId,
    stream,
    tenant,
    attempts,
    reply,
    hasFailed: state !== undefined && isFinal(state),
  }
}

/** In the order of their ids: all lockers lock in one order. */
async function lockRefused(
  tx: Executor,
  refusals: readonly Refusal[],
  { engine, now }: Proving & { engine: Engine },
): Promise<Refused[]> {
  const { delivery, mail, recipient } = engine.tables
  const given = idsOf(refusals, now, engine)
  const locked = await tx.query(
    lockGiven(engine, {
      select: 'd.mail_id, d.token, d.attempts, d.unknowns, d.due_at, d.stream',
      ...{ table: delivery, key: 'mail_id', where: isFor('prove') },
    }),
    given,
  )
  const columns = 'd.mail_id, d.seq, d.address, d.state, d.code, d.enhanced, d.reply'
  const recipients = await tx.query(`select ${columns} ${fromGiven(engine, recipient, 'mail_id')}`, given)
  const mails = await tx.query(`select d.id, d.message_id, d.tenant ${fromGiven(engine, mail, 'id')}`, given)
  const recipientsOf = groupBy(recipients.rows, ({ mail_id }) => engine.readId(mail_id))
  const mailOf = new Map(mails.rows.map((row) => [engine.readId(row.id), row]))
  return locked.rows.flatMap((row) => {
    const id = engine.readId(row.mail_id)
    const about = mailOf.get(id)
    const own = refusals.filter(({ mailId }) => mailId === id)
    return about ? [refusedOf({ ...about, ...row }, { own, id, recipients: recipientsOf.get(id) ?? [] })] : []
  })
}

function refusedOf(
  row: Row,
  { id, own, recipients }: { id: string; own: readonly Refusal[]; recipients: readonly Row[] },
): Refused {
  const read = new StoredRow(row)
  return {
    mailId: id,
    messageId: read.text('message_id'),
    stream: read.text('stream'),
    tenant: read.textOrNull('tenant'),
    attempts: read.count('attempts'),
    token: read.token('token'),
    unknowns: read.count('unknowns'),
    dueAt: read.time('due_at'),
    recipients: recipients.map(recipientOf),
    refused: new Set(own.map(({ seq }) => seq)),
    transport: own[0]?.transport ?? '',
  }
}

/** A recipient whose state cannot be read is not sent to. */
function recipientOf(row: Row): Refused['recipients'][number] {
  const read = new StoredRow(row)
  const [code, enhanced] = [read.code('code'), read.textOrNull('enhanced')]
  return {
    seq: read.count('seq'),
    address: read.text('address'),
    state: read.oneOf('state', recipientStates, 'suppressed'),
    reply: {
      ...(code !== null && { code }),
      ...(enhanced !== null && { enhanced }),
      text: read.textOrNull('reply') ?? '',
    },
  }
}
