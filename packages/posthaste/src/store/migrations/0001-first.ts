import { type CreateTableBuilder, sql } from 'kysely'
import type { Engine } from '../engine.ts'
import type { TableName } from '../tables.ts'
import { firstIndexes } from './0001-indexes.ts'

/** The first schema: a mail that never changes, a narrow delivery that does, content apart, and one row per recipient and attempt. */
export function first(engine: Engine): string[] {
  return [
    ...queueTables(engine),
    ...contentTables(engine),
    ...recordTables(engine),
    ...fleetTables(engine),
    ...firstIndexes(engine),
    ...engine.afterTables,
  ]
}

function queueTables(engine: Engine): string[] {
  const { id, time, small, integer, text, key } = engine.types
  return [
    table(engine, 'mail', (t) =>
      t
        .addColumn('id', id, (c) => c.primaryKey().notNull())
        .addColumn('message_id', key(300), (c) => c.notNull())
        .addColumn('subject', key(200), (c) => c.notNull())
        .addColumn('subject_key', key(100), (c) => c.notNull())
        .addColumn('sender', key(320), (c) => c.notNull())
        .addColumn('stream', key(60), (c) => c.notNull())
        .addColumn('tenant', key(120))
        .addColumn('priority', small, (c) => c.notNull())
        .addColumn('created_at', time, (c) => c.notNull())
        .addColumn('send_at', time, (c) => c.notNull())
        .addColumn('expires_at', time)
        .addColumn('on_unknown', key(8), (c) => c.notNull())
        .addColumn('is_sensitive', small, (c) => c.notNull())
        .addColumn('retry', text)
        .addColumn('smtp', text)
        .addColumn('metadata', text)
        .addColumn('idempotency_key', key(255))
        .addColumn('resent_from', id),
    ),
    table(engine, 'delivery', (t) =>
      t
        .addColumn('mail_id', id, (c) => c.primaryKey().notNull())
        .addColumn('state', key(12), (c) => c.notNull())
        .addColumn('reason', key(16))
        .addColumn('stream', key(60), (c) => c.notNull())
        .addColumn('lane', small, (c) => c.notNull())
        .addColumn('due_at', time, (c) => c.notNull())
        .addColumn('expires_at', time)
        .addColumn('attempts', integer, (c) => c.notNull().defaultTo(0))
        .addColumn('token', time, (c) => c.notNull().defaultTo(0))
        .addColumn('worker_id', id)
        .addColumn('claimed_at', time)
        .addColumn('dispatched_at', time)
        .addColumn('unknowns', integer, (c) => c.notNull().defaultTo(0))
        .addColumn('rescues', integer, (c) => c.notNull().defaultTo(0))
        .addColumn('settled_at', time)
        .addColumn('has_body', small, (c) => c.notNull().defaultTo(1)),
    ),
    table(engine, 'idempotency', (t) =>
      t
        .addColumn('idempotency_key', key(255), (c) => c.primaryKey().notNull())
        .addColumn('mail_id', id, (c) => c.notNull())
        .addColumn('hash', key(64), (c) => c.notNull()),
    ),
  ]
}

function contentTables(engine: Engine): string[] {
  const { id, time, small, integer, text, key, bytes } = engine.types
  return [
    table(engine, 'body', (t) =>
      t
        .addColumn('mail_id', id, (c) => c.primaryKey().notNull())
        .addColumn('document', bytes, (c) => c.notNull())
        .addColumn('mime', bytes)
        .addColumn('mime_size', integer)
        .addColumn('size', time, (c) => c.notNull())
        .addColumn('contents', text),
    ),
    table(engine, 'content', (t) =>
      t
        .addColumn('id', id, (c) => c.primaryKey().notNull())
        .addColumn('size', time, (c) => c.notNull())
        .addColumn('chunks', integer, (c) => c.notNull())
        .addColumn('sha256', key(64), (c) => c.notNull())
        .addColumn('pinned', small, (c) => c.notNull())
        .addColumn('created_at', time, (c) => c.notNull()),
    ),
    table(engine, 'chunk', (t) =>
      t
        .addColumn('content_id', id, (c) => c.notNull())
        .addColumn('seq', integer, (c) => c.notNull())
        .addColumn('data', bytes, (c) => c.notNull())
        .addPrimaryKeyConstraint('chunk_pk', ['content_id', 'seq'] as never),
    ),
    table(engine, 'content_use', (t) =>
      t
        .addColumn('mail_id', id, (c) => c.notNull())
        .addColumn('content_id', id, (c) => c.notNull())
        .addPrimaryKeyConstraint('content_use_pk', ['mail_id', 'content_id'] as never),
    ),
  ]
}

function recordTables(engine: Engine): string[] {
  const { id, time, small, integer, text, key } = engine.types
  return [
    table(engine, 'recipient', (t) =>
      t
        .addColumn('mail_id', id, (c) => c.notNull())
        .addColumn('seq', integer, (c) => c.notNull())
        .addColumn('kind', key(8), (c) => c.notNull())
        .addColumn('address', key(320), (c) => c.notNull())
        .addColumn('address_key', key(320), (c) => c.notNull())
        .addColumn('state', key(12), (c) => c.notNull())
        .addColumn('code', small)
        .addColumn('enhanced', key(12))
        .addColumn('reply', text)
        .addColumn('settled_at', time)
        .addPrimaryKeyConstraint('recipient_pk', ['mail_id', 'seq'] as never),
    ),
    table(engine, 'tag', (t) =>
      t
        .addColumn('mail_id', id, (c) => c.notNull())
        .addColumn('tag', key(120), (c) => c.notNull())
        .addPrimaryKeyConstraint('tag_pk', ['mail_id', 'tag'] as never),
    ),
    table(engine, 'attempt', (t) =>
      t
        .addColumn('mail_id', id, (c) => c.notNull())
        .addColumn('token', time, (c) => c.notNull())
        .addColumn('attempt', integer, (c) => c.notNull())
        .addColumn('started_at', time, (c) => c.notNull())
        .addColumn('ms', integer, (c) => c.notNull())
        .addColumn('worker', key(200), (c) => c.notNull())
        .addColumn('transport', key(60), (c) => c.notNull())
        .addColumn('outcome', key(16), (c) => c.notNull())
        .addColumn('code', small)
        .addColumn('enhanced', key(12))
        .addColumn('reply', text)
        .addColumn('error_code', key(60))
        .addColumn('remote', key(300))
        .addColumn('tls', key(120))
        .addColumn('server_message_id', key(300))
        .addColumn('recipients', text)
        .addPrimaryKeyConstraint('attempt_pk', ['mail_id', 'token'] as never),
    ),
    table(engine, 'suppression', (t) =>
      t
        .addColumn('address_key', key(320), (c) => c.notNull())
        .addColumn('stream', key(60), (c) => c.notNull())
        .addColumn('reason', key(60), (c) => c.notNull())
        .addColumn('origin', key(60), (c) => c.notNull())
        .addColumn('note', text)
        .addColumn('created_at', time, (c) => c.notNull())
        .addColumn('expires_at', time)
        .addPrimaryKeyConstraint('suppression_pk', ['address_key', 'stream'] as never),
    ),
  ]
}

function fleetTables(engine: Engine): string[] {
  const { id, time, small, integer, text, key } = engine.types
  return [
    table(engine, 'worker', (t) =>
      t
        .addColumn('id', id, (c) => c.primaryKey().notNull())
        .addColumn('name', key(200), (c) => c.notNull())
        .addColumn('version', key(40), (c) => c.notNull())
        .addColumn('started_at', time, (c) => c.notNull())
        .addColumn('heartbeat_at', time, (c) => c.notNull())
        .addColumn('lease_until', time, (c) => c.notNull())
        .addColumn('sleeping', small, (c) => c.notNull().defaultTo(0))
        .addColumn('stopping', small, (c) => c.notNull().defaultTo(0))
        .addColumn('streams', text)
        .addColumn('concurrency', integer, (c) => c.notNull())
        .addColumn('delivered', time, (c) => c.notNull().defaultTo(0)),
    ),
    table(engine, 'pause', (t) =>
      t
        .addColumn('stream', key(60), (c) => c.primaryKey().notNull())
        .addColumn('reason', text)
        .addColumn('who', key(200))
        .addColumn('since', time, (c) => c.notNull()),
    ),
    table(engine, 'transport', (t) =>
      t
        .addColumn('name', key(60), (c) => c.primaryKey().notNull())
        .addColumn('rest_until', time)
        .addColumn('reason', text)
        .addColumn('since', time)
        .addColumn('faults', integer, (c) => c.notNull().defaultTo(0)),
    ),
  ]
}

function table(
  engine: Engine,
  name: TableName,
  define: (t: CreateTableBuilder<TableName>) => CreateTableBuilder<TableName>,
): string {
  const made = define(engine.build.schema.createTable(name))
  const suffixed = engine.tableSuffix ? made.modifyEnd(sql.raw(engine.tableSuffix)) : made
  return suffixed.compile().sql
}
