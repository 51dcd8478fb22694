import type { Executor } from '../../connections/database.ts'
import { PosthasteError } from '../../errors.ts'
import { type EngineRights, type Needs, type Right, type Role, rightsOf } from '../rights/rights.ts'
import { workerNeeds } from '../rights/worker-needs.ts'
import { run, sql } from '../sql.ts'
import type { Tables } from '../tables.ts'

/** It reads no address, subject, content or history. */
const appNeeds: Needs = {
  migration: { select: 'all' },
  mail: { insert: 'all', select: ['id', 'message_id', 'tenant', 'idempotency_key'] },
  body: { insert: 'all' },
  // Locking a row wants the right to change one of its columns.
  content: { insert: 'all', select: ['id', 'chunks'], update: ['created_at'] },
  chunk: { insert: 'all', select: ['content_id'] },
  content_use: { insert: 'all', select: ['mail_id'] },
  recipient: { insert: 'all' },
  tag: { insert: 'all' },
  idempotency: { insert: 'all', select: 'all', update: ['mail_id', 'hash', 'envelope'], delete: 'all' },
  delivery: {
    insert: 'all',
    select: ['mail_id', 'state', 'token', 'dispatched_at', 'unknowns'],
    update: ['state', 'reason', 'token', 'worker_id', 'claimed_at', 'dispatched_at', 'settled_at'],
  },
  // verify() asks whether the database takes writes.
  meta: { select: ['name', 'value'], update: ['value'] },
  suppression: { select: ['address_key', 'stream', 'tenant', 'expires_at'] },
  worker: { select: ['sleeping', 'lease_until'] },
}

const needs: Record<Role, Needs> = {
  app: appNeeds,
  worker: { ...workerNeeds, content: { ...workerNeeds.content, update: ['created_at'] } },
}

interface Named {
  readonly schema: string
  readonly tables: Tables
  /** With its parameters. */
  readonly addMail: string
}

export function postgresRights({ schema, tables, addMail }: Named): EngineRights {
  const usage: Right = { privilege: 'usage', on: `schema ${quoted(schema)}`, name: schema }
  const execute: Right = { privilege: 'execute', on: `function ${addMail}`, name: 'add_mail' }
  const beside: Record<Role, readonly Right[]> = { app: [usage, execute], worker: [usage] }
  return {
    of: (role) => [...beside[role], ...rightsOf(needs[role], tables)],
    account,
    lacking: (executor, rights) => lacking(executor, rights, schema),
    async ownAccount({ query }) {
      return quoted(String((await query('select current_user as name')).rows[0]?.name))
    },
  }
}

/** Longer names are cut by the server, and then are another's. */
const longestName = 63

function account(name: string): string {
  const why =
    Buffer.byteLength(name) > longestName
      ? `is longer than the ${longestName} bytes that PostgreSQL keeps of a name`
      : /^(?:public|none|pg_.*)$/s.test(name)
        ? 'is a name that PostgreSQL keeps for itself'
        : undefined
  if (why !== undefined) throw new PosthasteError('PH_OPTION_INVALID', `the role '${name}' ${why}`)
  return quoted(name)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** By the catalogue, which every role may read: what is asked for by name wants the right to its schema. */
async function lacking(executor: Executor, rights: readonly Right[], schema: string): Promise<Right[]> {
  const asked = rights.flatMap(({ privilege, name, columns = [null] }, n) =>
    columns.map((field) => ({ n, thing: name, privilege, field })),
  )
  const { rows } = await run(
    executor,
    sql`select r.n, r.field
      from json_to_recordset(${JSON.stringify(asked)}::text::json)
        as r(n integer, thing text, privilege text, field text)
      left join pg_namespace s on s.nspname = ${schema}
      left join pg_class c on c.relnamespace = s.oid and c.relname = r.thing
      where not coalesce(case
        when r.privilege = 'usage' then has_schema_privilege(s.oid, 'usage')
        when r.privilege = 'execute' then (
          select bool_and(has_function_privilege(p.oid, 'execute'))
          from pg_proc p
          where p.pronamespace = s.oid and p.proname = r.thing
        )
        when r.field is null then has_table_privilege(c.oid, r.privilege)
        else has_column_privilege(c.oid, r.field, r.privilege)
      end, false)`,
  )
  return rights.flatMap((right, n) => {
    const found = rows.filter((row) => Number(row.n) === n)
    if (found.length === 0) return []
    return right.columns === undefined
      ? [right]
      : [{ ...right, columns: found.map(({ field }) => String(field)) }]
  })
}
