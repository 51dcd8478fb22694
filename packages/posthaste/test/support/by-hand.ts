import { type AppDatabase, openApp } from './app-database.ts'
import type { DatabaseKind } from './databases.ts'

export interface ByHand extends AppDatabase {
  /** A table of the queue, as this database calls it. */
  table(name: string): string
  /** An expression for these bytes. */
  bytes(text: string): string
  /** The mails with this subject, as a condition on `mail_id`. */
  of(subject: string): string
}

/** Somebody with a SQL prompt and no respect. */
export async function openByHand(kind: DatabaseKind, url: string): Promise<ByHand> {
  const app = await openApp(kind, url)
  const table = (name: string) => (kind === 'postgres' ? `posthaste.${name}` : `posthaste_${name}`)
  return {
    ...app,
    table,
    bytes: (text) =>
      kind === 'postgres'
        ? `convert_to('${text}', 'UTF8')`
        : kind === 'sqlite'
          ? `cast('${text}' as blob)`
          : `'${text}'`,
    of: (subject) => `mail_id in (select id from ${table('mail')} where subject = '${subject}')`,
  }
}
