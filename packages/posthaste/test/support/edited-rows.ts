import type { Value } from '../../src/connections/database.ts'
import type { QueueParts } from '../../src/queue/queue-parts.ts'
import type { TableName } from '../../src/store/tables.ts'
import type { EngineName } from './databases/kinds.ts'
import { minute, newWorker } from './store.ts'

/** What a person may write into a column, and no code of ours does. */
export const garbage: readonly Value[] = [
  '9007199254740994',
  '9223372036854775807',
  '2147483647',
  '-1',
  '0',
  '',
  'xyzzy',
  '{"broken',
  '[1,[2],{}]',
  '"text"',
  null,
  Buffer.from([0, 255, 1]),
]

export interface Edit {
  readonly table: string
  readonly column: string
  readonly value: Value
}

/** Every value in every column, shuffled. */
export function everyEdit(tables: ReadonlyMap<string, readonly string[]>, random: () => number): Edit[] {
  const edits = [...tables].flatMap(([table, columns]) =>
    columns.flatMap((column) => garbage.map((value) => ({ table, column, value }))),
  )
  return edits
    .map((edit) => ({ edit, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ edit }) => edit)
}

/** Which column tells whose row it is; the tables that are not named have rows of nobody. */
const keys: Readonly<Record<string, string | undefined>> = {
  ...{ mail: 'id', delivery: 'mail_id', body: 'mail_id', recipient: 'mail_id', tag: 'mail_id' },
  ...{ attempt: 'mail_id', idempotency: 'mail_id', refusal: 'mail_id', content_use: 'mail_id' },
}

export interface Editing {
  readonly id: string
  readonly engine: EngineName
  /** @default the mail's rows; all of a table that is nobody's */
  readonly where?: { readonly column: string; readonly value: Value } | undefined
}

/** Edits the rows of a mail; false where the database does not take it. */
export async function editMail(
  { connection }: Pick<QueueParts, 'connection'>,
  { table, column, value }: Edit,
  { id, engine: name, where }: Editing,
): Promise<boolean> {
  const { database, engine } = await connection.ready()
  const short = tableNameOf(table)
  const key = keys[short]
  const own = where ?? (key === undefined ? undefined : { column: key, value: engine.id(id) as Value })
  const quoted = name === 'mysql' ? `\`${column}\`` : `"${column}"`
  const condition = own ? ` where ${own.column} = ?` : ''
  try {
    await database.query(
      `update ${engine.tables[short].sql} set ${quoted} = ?${condition}`,
      own ? [value, own.value] : [value],
    )
    return true
  } catch {
    return false
  }
}

/** As the code has it. */
export function tableNameOf(table: string): TableName {
  return table.replace(/^.*?posthaste"?[._]"?/, '').replaceAll('"', '') as TableName
}

/** A row in each table that is nobody's. */
export async function seedOthers({ connection, clock }: QueueParts): Promise<void> {
  const { store } = await connection.ready()
  const now = clock.now()
  const nobody = { address: 'nobody@example.com', stream: '', tenant: '', reason: 'manual', origin: 'app' }
  await store.suppressions.add({ ...nobody, note: 'note', createdAt: now, expiresAt: null })
  await store.registerWorker(newWorker({ leaseUntil: now - 1, streams: ['default'] }))
  await store.backOffTransport('spare', { until: now + minute, reason: 'spare', now })
  await store.pause({ stream: 'other', reason: 'because', who: 'grace', since: now })
  const brake = { transport: 'spare', scope: 'tenant', value: 'acme', reply: '550', since: now } as const
  await store.refusals.brake({ ...brake, canaryAt: now + minute, endedAt: null, earlierMs: 0 })
}

/** Where those rows are. */
export const others: Readonly<Record<string, { readonly column: string; readonly value: Value }>> = {
  suppression: { column: 'address_key', value: 'nobody@example.com' },
  worker: { column: 'name', value: 'w1' },
  transport: { column: 'name', value: 'spare' },
  pause: { column: 'stream', value: 'other' },
  brake: { column: 'transport', value: 'spare' },
}

export function shown({ table, column, value }: Edit): string {
  return `${table}.${column} = ${value instanceof Uint8Array ? 'bytes' : JSON.stringify(value)}`
}
