import { channelOf } from '../channel.ts'
import type { Engine } from '../engine.ts'

/** Notifies, if somebody sleeps. */
export function wake(engine: Engine, now: string): string {
  return `pg_notify('${channelOf(engine)}', '') from (select 1 from ${engine.tables.worker} v
  where v.sleeping = 1 and v.lease_until > ${now} limit 1) w`
}
