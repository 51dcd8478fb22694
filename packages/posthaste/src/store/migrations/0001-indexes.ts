import type { Engine } from '../engine.ts'
import type { TableName } from '../tables.ts'

export function firstIndexes(engine: Engine): string[] {
  const { partialIndexes } = engine
  return [
    partialIndexes
      ? index(engine, 'delivery', 'due', ['stream', 'lane', 'due_at'], "state = 'queued'")
      : index(engine, 'delivery', 'due', ['state', 'stream', 'lane', 'due_at']),
    partialIndexes
      ? index(engine, 'delivery', 'held_by', ['worker_id'], "state = 'sending'")
      : index(engine, 'delivery', 'held_by', ['state', 'worker_id']),
    ...(partialIndexes
      ? [
          index(
            engine,
            'delivery',
            'ended',
            ['state', 'mail_id'],
            "state in ('failed', 'held', 'suppressed', 'cancelled')",
          ),
        ]
      : []),
    partialIndexes
      ? index(
          engine,
          'delivery',
          'expiry',
          ['expires_at'],
          "expires_at is not null and state in ('queued', 'held')",
        )
      : index(engine, 'delivery', 'expiry', ['state', 'expires_at']),
    index(engine, 'delivery', 'unknown', partialIndexes ? ['mail_id'] : ['unknowns'], 'unknowns > 0'),
    index(engine, 'delivery', 'settled', ['has_body', 'settled_at'], 'settled_at is not null'),
    index(engine, 'mail', 'message_id', ['message_id']),
    index(engine, 'mail', 'subject', ['subject_key', 'id']),
    index(engine, 'mail', 'stream', ['stream', 'id']),
    index(engine, 'mail', 'tenant', ['tenant', 'id'], 'tenant is not null'),
    index(engine, 'mail', 'key', ['idempotency_key'], 'idempotency_key is not null'),
    index(engine, 'recipient', 'address', ['address_key', 'mail_id']),
    index(engine, 'tag', 'tag', ['tag', 'mail_id']),
    index(engine, 'content_use', 'content', ['content_id']),
  ]
}

/** `where` is left out where the database has no partial indexes: the index is then larger, and as right. */
function index(engine: Engine, on: TableName, name: string, columns: string[], where?: string): string {
  const full =
    engine.kind === 'postgres'
      ? `"${on}_${name}"`
      : unqualified(engine.tables[on].sql).replace(/(.)$/, `_${name}$1`)
  const condition = where && engine.partialIndexes ? ` where ${where}` : ''
  return `create index ${full} on ${engine.tables[on]} (${columns.join(', ')})${condition}`
}

function unqualified(table: string): string {
  return table.replace(/^`(?:[^`]|``)*`\./, '')
}
