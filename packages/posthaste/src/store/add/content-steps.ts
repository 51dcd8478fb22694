import type { Value } from '../../connections/database.ts'
import { type ContentSource, chunkSize } from '../../mail/content-source.ts'
import type { Engine } from '../engine.ts'
import type { Statement } from '../sql.ts'
import type { Steps } from '../statement.ts'
import { contentId, type NewContent, type NewEntry } from './new-mail.ts'

/** Contents that this call has stored already: what many mails share is written once. */
export type WrittenContents = WeakSet<ContentSource>

export interface ChunkRow {
  readonly content_id: string
  readonly seq: number
}

/** Stores each content of these mails once, one chunk a statement: memory holds no more than that. Tells which chunks were written. */
export function* addContents(
  entries: readonly NewEntry[],
  { written, held }: { written: WrittenContents; held: Statement },
  engine: Engine,
): Steps<ChunkRow[]> {
  const chunks: ChunkRow[] = []
  for (const { mail, body } of entries)
    for (const content of body.contents) {
      if (!('source' in content) || written.has(content.source)) continue
      const count = yield* writeContent(content, { now: mail.createdAt, pinned: 0, held }, engine)
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
  readonly held?: Statement
}

/** Stores one content; tells in how many chunks. */
export function* writeContent(
  { id, source }: Extract<NewContent, { source: unknown }>,
  { now, pinned, held = { sql: '1 = 1', params: [] } }: ContentFate,
  engine: Engine,
): Steps<number> {
  const { content } = engine.tables
  const chunks = Math.ceil(source.size / chunkSize)
  const values = (['uuid', 'bigint', 'integer', 'text', 'integer', 'bigint'] as const).map(
    (type) => `?${engine.cast(type)}`,
  )
  yield {
    sql: `insert into ${content} (id, size, chunks, sha256, pinned, created_at) select ${values.join(', ')} from (select 1 as one) o where ${held.sql}`,
    params: [engine.id(id), source.size, chunks, source.sha256, pinned, now, ...held.params],
  }
  let seq = 0
  for (const data of source.chunks()) yield* addChunk(engine, [engine.id(id), seq++, data])
  return chunks
}

/** Only beside its content: where the transaction has ended in between, that is gone. */
function* addChunk(engine: Engine, [id = null, seq = null, data = null]: Value[]): Steps<void> {
  const { content, chunk } = engine.tables
  yield {
    sql: `insert into ${chunk} (content_id, seq, data) select c.id, ?${engine.cast('integer')}, ?${engine.cast('bytea')} from ${content} c where c.id = ?`,
    params: [seq, data, id],
  }
}

/** Every content that a mail uses, once. */
export function useRows({ mail, body }: NewEntry, engine: Engine): { mail_id: string; content_id: string }[] {
  const ids = new Set(body.contents.map(contentId))
  return [...ids].map((id) => ({ mail_id: engine.jsonId(mail.id), content_id: engine.jsonId(id) }))
}
