import type { Dialect } from './dialect.ts'

/** The name under which PostgreSQL notifies sleeping workers of this queue. */
export function channelOf(dialect: Dialect): string {
  return `posthaste_${dialect.tables.mail
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()}`
}
