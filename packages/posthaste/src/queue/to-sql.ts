import { numbered } from '../connections/postgres.ts'
import { PosthasteError } from '../errors.ts'
import type { Mail } from '../mail/mail.ts'
import type { EnqueueOptions } from '../options.ts'
import type { Statement } from '../store/sql.ts'
import { bodyLater, bodyNow, disposeBodies } from './compose.ts'
import { composeInTime, type Enqueueing } from './compose-in-time.ts'

export interface SqlStatement {
  readonly sql: string
  /** In the order of the placeholders: text, numbers, null and bytes. */
  readonly params: readonly (string | number | null | Uint8Array)[]
  /** The same by name, for `placeholders: 'named'`: of `:p1` it is `p1`. */
  readonly named: Readonly<Record<string, string | number | null | Uint8Array>>
}

/** A mail as SQL, for the app to run. */
export interface MailSql {
  /** Where its idempotency key has another mail, no mail has this id: find that one by the key. */
  readonly id: string
  readonly messageId: string
  /** To be run in this order, each once, in one transaction. */
  readonly statements: readonly SqlStatement[]
}

/** Of a mail that is written as SQL. */
export interface SqlOptions {
  /** How parameters stand in the text: `$1`, `?` or `:p1`. @default what the database's own drivers take: `numbered` on PostgreSQL, else `question` */
  placeholders?: 'numbered' | 'question' | 'named'
}

type Placeholders = NonNullable<SqlOptions['placeholders']>

/** @throws {PH_NOT_AS_SQL} it needs a statement whose answer is read */
export async function toSql(
  queue: Enqueueing,
  given: Mail,
  { options, placeholders }: { options: EnqueueOptions; placeholders: Placeholders | undefined },
): Promise<MailSql> {
  const { composing, connected } = await composeInTime(queue, given, options)
  const { database, enqueueStore } = connected
  if (composing.mail.idempotencyKey !== null && composing.mail.onConflict === 'refuse')
    throw new PosthasteError('PH_NOT_AS_SQL', "it has `onConflict: 'refuse'`")
  const { attachments } = composing.draft.mail
  if (Array.isArray(attachments) && attachments.length > 0)
    throw new PosthasteError('PH_NOT_AS_SQL', 'it has attachments')
  const body = bodyNow(composing, queue.settings) ?? (await bodyLater(composing, queue.settings))
  try {
    if (body.contents.length > 0)
      throw new PosthasteError('PH_NOT_AS_SQL', 'some of its content is stored apart, as attachments are')
    const statements = await enqueueStore.collectStatements({ mail: composing.mail, body }, database)
    const style = placeholders ?? enqueueStore.placeholders
    return {
      id: composing.mail.id,
      messageId: body.header?.messageId ?? composing.mail.messageId,
      statements: statements.map((statement) => styled(statement, style)),
    }
  } finally {
    disposeBodies([{ body }])
  }
}

const styles: Record<Placeholders, (sql: string) => string> = {
  numbered: (sql) => numbered(sql).text,
  question: (sql) => sql,
  named: (sql) => {
    let n = 0
    return sql.replace(/\?/g, () => `:p${++n}`)
  },
}

function styled({ sql, params }: Statement, placeholders: Placeholders): SqlStatement {
  const write = styles[placeholders]
  if (!write)
    throw new PosthasteError('PH_OPTION_INVALID', "placeholders is none of 'numbered', 'question', 'named'")
  return {
    sql: write(sql),
    params,
    named: Object.fromEntries(params.map((value, index) => [`p${index + 1}`, value])),
  }
}
