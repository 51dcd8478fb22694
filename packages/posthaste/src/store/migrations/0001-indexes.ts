import type { Dialect } from '../dialect.ts'
import type { TableName } from '../tables.ts'

export function firstIndexes(dialect: Dialect): string[] {
  const { partialIndexes } = dialect
  return [
    partialIndexes
      ? index(dialect, 'delivery', 'due', ['stream', 'lane', 'due_at'], "state = 'queued'")
      : index(dialect, 'delivery', 'due', ['state', 'stream', 'lane', 'due_at']),
    partialIndexes
      ? index(dialect, 'delivery', 'held_by', ['worker_id'], "state = 'sending'")
      : index(dialect, 'delivery', 'held_by', ['state', 'worker_id']),
    ...(partialIndexes
      ? [
          index(
            dialect,
            'delivery',
            'ended',
            ['state', 'mail_id'],
            "state in ('failed', 'held', 'suppressed', 'cancelled')",
          ),
        ]
      : []),
    partialIndexes
      ? index(
          dialect,
          'delivery',
          'expiry',
          ['expires_at'],
          "expires_at is not null and state in ('queued', 'held')",
        )
      : index(dialect, 'delivery', 'expiry', ['state', 'expires_at']),
    index(dialect, 'delivery', 'unknown', partialIndexes ? ['mail_id'] : ['unknowns'], 'unknowns > 0'),
    index(dialect, 'delivery', 'settled', ['has_body', 'settled_at'], 'settled_at is not null'),
    index(dialect, 'mail', 'message_id', ['message_id']),
    index(dialect, 'mail', 'subject', ['subject_key', 'id']),
    index(dialect, 'mail', 'stream', ['stream', 'id']),
    index(dialect, 'mail', 'tenant', ['tenant', 'id'], 'tenant is not null'),
    index(dialect, 'mail', 'key', ['idempotency_key'], 'idempotency_key is not null'),
    index(dialect, 'recipient', 'address', ['address_key', 'mail_id']),
    index(dialect, 'tag', 'tag', ['tag', 'mail_id']),
    index(dialect, 'content_use', 'content', ['content_id']),
  ]
}

/** `where` is left out where the database has no partial indexes: the index is then larger, and as right. */
function index(dialect: Dialect, on: TableName, name: string, columns: string[], where?: string): string {
  const full =
    dialect.kind === 'postgres'
      ? `"${on}_${name}"`
      : unqualified(dialect.tables[on]).replace(/(.)$/, `_${name}$1`)
  const condition = where && dialect.partialIndexes ? ` where ${where}` : ''
  return `create index ${full} on ${dialect.tables[on]} (${columns.join(', ')})${condition}`
}

function unqualified(table: string): string {
  return table.replace(/^`(?:[^`]|``)*`\./, '')
}
