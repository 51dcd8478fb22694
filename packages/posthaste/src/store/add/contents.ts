import { type ContentSource, chunkSize } from '../../mail/content-source.ts'
import type { Engine } from '../engine.ts'
import { join, type Sql, sql } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { contentId, type NewContent, type NewEntry } from './new-mail.ts'

/** Contents that this call has stored already: what many mails share is written once. */
export interface WrittenContents {
  has(source: ContentSource): boolean
  add(source: ContentSource): unknown
}

/** The same for work that may be rolled back, and done anew: what it wrote counts once it is kept. */
export function tentatively(written: WrittenContents): {
  readonly contents: WrittenContents
  keep(): void
} {
  const own = new Set<ContentSource>()
  return {
    contents: {
      has: (source) => own.has(source) || written.has(source),
      add: (source) => own.add(source),
    },
    keep() {
      for (const source of own) written.add(source)
    },
  }
}

export interface ChunkRow {
  readonly content_id: string
  readonly seq: number
}

/**
 * Stores each content of these mails once, one chunk a statement: memory holds no more than that. Tells which chunks
 * were written.
 */
export function* addContents(
  entries: readonly NewEntry[],
  { written, condition }: { written: WrittenContents; condition: Sql },
  engine: Engine,
): Steps<ChunkRow[]> {
  const chunks: ChunkRow[] = []
  for (const { mail, body } of entries)
    for (const content of body.contents) {
      if (!('source' in content) || written.has(content.source)) continue
      const count = yield* writeContent(content, { now: mail.createdAt, pinned: 0, condition }, engine)
      const id = engine.jsonId(content.id)
      for (let seq = 0; seq < count; seq++) chunks.push({ content_id: id, seq })
      written.add(content.source)
    }
  return chunks
}

export interface ContentFate {
  readonly now: number
  /** 1: kept although no mail uses it yet. */
  readonly pinned: 0 | 1
  /** Nothing is stored where this is not so. @default always */
  readonly condition?: Sql
}

/** Stores one content; tells in how many chunks. */
export function* writeContent(
  { id, source }: Extract<NewContent, { source: unknown }>,
  { now, pinned, condition = sql`1 = 1` }: ContentFate,
  engine: Engine,
): Steps<number> {
  const { content } = engine.tables
  const { cast } = engine
  const chunks = Math.ceil(source.size / chunkSize)
  const values = [
    sql`${engine.id(id)}${cast('uuid')}`,
    sql`${source.size}${cast('bigint')}`,
    sql`${chunks}${cast('integer')}`,
    sql`${source.sha256}${cast('text')}`,
    sql`${pinned}${cast('integer')}`,
    sql`${now}${cast('bigint')}`,
  ]
  yield sql`insert into ${content} (id, size, chunks, sha256, pinned, created_at)
select ${join(values)} from (select 1 as one) o
where ${condition}`
  let seq = 0
  for (const data of source.chunks()) yield insertChunk(engine, id, { seq: seq++, data })
  return chunks
}

/** Only beside its content: where the transaction has ended in between, that is gone. */
function insertChunk(engine: Engine, id: string, { seq, data }: { seq: number; data: Uint8Array }): Sql {
  const { content, chunk } = engine.tables
  return sql`insert into ${chunk} (content_id, seq, data)
select c.id, ${seq}${engine.cast('integer')}, ${data}${engine.cast('bytea')} from ${content} c
where c.id = ${engine.id(id)}`
}

/** Every content that a mail uses, once. */
export function useRows({ mail, body }: NewEntry, engine: Engine): { mail_id: string; content_id: string }[] {
  const ids = new Set(body.contents.map(contentId))
  return [...ids].map((id) => ({ mail_id: engine.jsonId(mail.id), content_id: engine.jsonId(id) }))
}
