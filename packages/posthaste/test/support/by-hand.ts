import { type AppDatabase, openApp } from './app-database.ts'
import { type DatabaseKind, engineOf } from './databases.ts'

export interface ByHand extends AppDatabase {
  /** A table of the queue, as this database calls it. */
  table(name: string): string
  /** An expression for these bytes. */
  bytes(text: string): string
  /** The mails with this subject, as a condition on `mail_id`. */
  of(subject: string): string
  /** Copies a mail's delivery so often, under ids of its own. */
  multiply(id: string, times: number): Promise<void>
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
    multiply: (id, times) => multiply(kind, { ...app, table }, { id, times }),
    of: (subject) => `mail_id in (select id from ${table('mail')} where subject = '${subject}')`,
  }
}

/** Rows of scheduled mail without mail: nobody claims them, everybody who counts or looks for due mail meets them. */
async function multiply(
  kind: DatabaseKind,
  { run, table }: Pick<ByHand, 'run' | 'table'>,
  { id, times }: { id: string; times: number },
): Promise<void> {
  const columns =
    'state, reason, stream, lane, due_at, expires_at, attempts, token, unknowns, rescues, has_body'
  const made = {
    sqlite: `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${times}) select lower(hex(randomblob(16))), ${columns} from n`,
    postgres: `select gen_random_uuid(), ${columns} from generate_series(1, ${times})`,
    mysql: `select unhex(left(sha2(concat(seq, rand()), 256), 32)), ${columns} from json_table(concat('[0', repeat(',0', ${times - 1}), ']'), '$[*]' columns (seq for ordinality)) n`,
  }[engineOf(kind)]
  const own = { sqlite: `'${id}'`, postgres: `'${id}'`, mysql: `unhex('${id.replaceAll('-', '')}')` }[
    engineOf(kind)
  ]
  await run(
    `insert into ${table('delivery')} (mail_id, ${columns}) ${made} cross join ${table('delivery')} d where d.mail_id = ${own}`,
  )
}
