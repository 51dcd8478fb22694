import type { Value } from '../../connections/database.ts'
import { chunkSize } from '../../content/content-source.ts'
import type { Dialect } from '../dialect.ts'
import type { Steps } from '../statement.ts'
import { contentId, type NewContent, type NewEntry } from './new-mail.ts'

/** Stores each content of these mails once, a few chunks a statement: memory holds no more than one statement's worth. */
export function* addContents(entries: readonly NewEntry[], dialect: Dialect): Steps<void> {
  const written = new Set<string>()
  for (const { mail, body } of entries)
    for (const content of body.contents) {
      if (written.has(contentId(content))) continue
      written.add(contentId(content))
      yield* addContent(content, mail.createdAt, dialect)
    }
}

function* addContent(content: NewContent, now: number, dialect: Dialect): Steps<void> {
  if (!('source' in content)) return
  yield* writeContent(content, { now, pinned: 0 }, dialect)
}

export interface ContentFate {
  readonly now: number
  /** 1: kept although no mail uses it yet. */
  readonly pinned: 0 | 1
}

export function* writeContent(
  { id, source }: Extract<NewContent, { source: unknown }>,
  { now, pinned }: ContentFate,
  dialect: Dialect,
): Steps<void> {
  const { content } = dialect.tables
  const chunks = Math.ceil(source.size / chunkSize)
  yield {
    sql: `insert into ${content} (id, size, chunks, sha256, pinned, created_at) values (?, ?, ?, ?, ?, ?)`,
    params: [dialect.id(id), source.size, chunks, source.sha256, pinned, now],
  }
  let seq = 0
  for (const data of source.chunks()) yield* addChunk(dialect, [dialect.id(id), seq++, data])
}

function* addChunk(dialect: Dialect, params: Value[]): Steps<void> {
  yield { sql: `insert into ${dialect.tables.chunk} (content_id, seq, data) values (?, ?, ?)`, params }
}

/** Every content that a mail uses, once. */
export function useRows(
  { mail, body }: NewEntry,
  dialect: Dialect,
): { mail_id: string; content_id: string }[] {
  const ids = new Set(body.contents.map(contentId))
  return [...ids].map((id) => ({ mail_id: dialect.jsonId(mail.id), content_id: dialect.jsonId(id) }))
}
