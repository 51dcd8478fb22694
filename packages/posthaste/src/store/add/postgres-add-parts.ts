import { channelOf } from '../channel.ts'
import type { Engine } from '../engine.ts'

/** Whether the suppression list has one of these keys. */
export function isSuppressed(
  { tables }: Engine,
  { keys, stream, now }: { keys: string; stream: string; now: string },
): string {
  return `exists (select 1 from ${tables.suppression} s where s.address_key in (${keys})
      and s.stream in ('', ${stream}) and (s.expires_at is null or s.expires_at > ${now}))`
}

/** Notifies, if somebody sleeps. */
export function wake(engine: Engine, now: string): string {
  return `pg_notify('${channelOf(engine)}', '') from (select 1 from ${engine.tables.worker} v
  where v.sleeping = 1 and v.lease_until > ${now} limit 1) w`
}
