import type { Executor } from '../../connections/database.ts'
import { isPosthasteError } from '../../errors.ts'
import { attemptColumns } from '../delivery/settle-rows.ts'
import { refusalNames } from '../refusals/refusals.ts'
import { type EngineRights, type Needs, type Right, type Role, rightsOf } from '../rights/rights.ts'
import { workerNeeds } from '../rights/worker-needs.ts'
import type { TableName, Tables } from '../tables.ts'
import type { MysqlVariant } from './variants.ts'

/** It reads no address, subject, content or history. It deletes mail that another call has stored already. */
const appNeeds: Needs = {
  migration: { select: 'all' },
  // Guards of transactions; and verify() asks whether the database takes writes.
  meta: { insert: 'all', select: ['name', 'value'], update: ['value'], delete: 'all' },
  mail: {
    insert: 'all',
    select: ['id', 'message_id', 'tenant', 'idempotency_key', 'expires_at'],
    update: ['message_id', 'subject', 'subject_key'],
    delete: 'all',
  },
  body: { insert: 'all', select: ['mail_id'] },
  content: { insert: 'all', select: ['id', 'chunks'] },
  chunk: { insert: 'all', select: ['content_id', 'seq'] },
  content_use: { insert: 'all', select: ['mail_id', 'content_id'] },
  recipient: { insert: 'all', select: ['mail_id', 'seq'] },
  tag: { insert: 'all' },
  idempotency: {
    insert: 'all',
    select: 'all',
    update: ['mail_id', 'hash', 'envelope'],
    delete: 'all',
  },
  delivery: {
    insert: 'all',
    select: ['mail_id', 'state', 'token', 'dispatched_at', 'unknowns'],
    update: ['state', 'reason', 'token', 'worker_id', 'claimed_at', 'dispatched_at', 'settled_at'],
  },
  suppression: { select: ['address_key', 'stream', 'tenant', 'expires_at'] },
}

/** What an insert names that leaves alone what is there already; it sets the first to itself. */
const inserted: Partial<Record<TableName, readonly string[]>> = {
  idempotency: ['tenant', 'idempotency_key', 'mail_id', 'hash', 'envelope'],
  attempt: Object.keys(attemptColumns),
  transport: ['name', 'faults'],
  refusal: refusalNames,
  brake: ['transport', 'scope', 'value', 'reply', 'since', 'canary_at', 'ended_at'],
}

const needs: Record<Role, Needs> = { app: appNeeds, worker: workerNeeds }

function needsOf(role: Role, { updatesWhatItInserts }: MysqlVariant): Needs {
  const all = Object.entries(needs[role]).map(([table, needed]) => {
    const columns = 'insert' in needed ? inserted[table as TableName] : undefined
    if (columns === undefined || needed.update === 'all') return [table, needed]
    const named = updatesWhatItInserts ? columns : columns.slice(0, 1)
    return [table, { ...needed, update: [...new Set([...named, ...(needed.update ?? [])])] }]
  })
  return Object.fromEntries(all)
}

export function mysqlRights(tables: Tables, variant: MysqlVariant): EngineRights {
  return {
    of: (role) => rightsOf(needsOf(role, variant), tables),
    account,
    lacking,
    async ownAccount({ query }) {
      return account(String((await query('select current_user() as name')).rows[0]?.name))
    },
  }
}

/** `name`, or `name@host`. Without a host it is a user's of any host, or a role's. */
function account(name: string): string {
  const [, user, host] = /^(.+)@(.*)$/s.exec(name) ?? [undefined, name]
  return [user, host].flatMap((part) => (part === undefined ? [] : [quoted(part)])).join('@')
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** By trial: rights may come from roles and patterns, too. The server asks the same for a plan as for the statement. */
async function lacking(executor: Executor, rights: readonly Right[]): Promise<Right[]> {
  const lacked: Right[] = []
  for (const right of rights) {
    const some = right.columns?.map((column) => ({ ...right, columns: [column] })) ?? [right]
    const refused: Right[] = []
    for (const one of some) if (await isRefused(executor, one)) refused.push(one)
    const columns = refused.flatMap((one) => one.columns ?? [])
    if (refused.length > 0) lacked.push(right.columns ? { ...right, columns } : right)
  }
  return lacked
}

async function isRefused({ query }: Executor, right: Right): Promise<boolean> {
  try {
    await query(`explain ${probe(right)}`)
    return false
  } catch (error) {
    if (isPosthasteError(error, 'PH_DATABASE_RIGHTS')) return true
    throw error
  }
}

function probe({ privilege, on, columns = ['*'] }: Right): string {
  if (privilege === 'insert') return `insert into ${on} () values ()`
  if (privilege === 'delete') return `delete from ${on} where 1 = 0`
  if (privilege === 'update') return `update ${on} set ${columns[0]} = null where 1 = 0`
  return `select ${columns[0]} from ${on} where 1 = 0`
}
