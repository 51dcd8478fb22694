import type { Engine } from './engine.ts'

/** The name under which PostgreSQL notifies sleeping workers of this queue. */
export function channelOf(engine: Engine): string {
  return `posthaste_${engine.tables.mail.sql
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()}`
}
