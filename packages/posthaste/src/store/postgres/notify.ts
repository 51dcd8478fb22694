import type { Engine } from '../engine.ts'
import { raw, type Sql } from '../sql.ts'

/** The name under which PostgreSQL notifies sleeping workers of this queue. */
export function channelOf(engine: Engine): string {
  return `posthaste_${engine.tables.mail.sql
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()}`
}

/** Notifies if a worker sleeps. */
export function wake(engine: Engine, now: string): Sql {
  return raw(`pg_notify('${channelOf(engine)}', '')
  from (
    select 1
    from ${engine.tables.worker} v
    where v.sleeping = 1 and v.lease_until > ${now}
    limit 1
  ) w`)
}
