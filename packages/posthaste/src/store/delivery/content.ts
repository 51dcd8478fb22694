import type { StoreBase } from '../engine.ts'
import { bytesOrNull, textsOf } from '../rows.ts'

export async function mime({ database, engine }: StoreBase, mailId: string): Promise<Buffer | null> {
  const { rows } = await database.query(`select mime from ${engine.tables.body} where mail_id = ?`, [
    engine.id(mailId),
  ])
  return bytesOrNull(rows[0]?.mime)
}

export async function document(
  { database, engine }: StoreBase,
  mailId: string,
): Promise<{ document: Buffer; contents: readonly string[] } | undefined> {
  const { rows } = await database.query(
    `select document, contents from ${engine.tables.body} where mail_id = ?`,
    [engine.id(mailId)],
  )
  const bytes = bytesOrNull(rows[0]?.document)
  return bytes ? { document: bytes, contents: textsOf(rows[0]?.contents) } : undefined
}

export async function chunk(
  { database, engine }: StoreBase,
  contentId: string,
  seq: number,
): Promise<Buffer | undefined> {
  const { rows } = await database.query(
    `select ${engine.selectBytes('data')} from ${engine.tables.chunk} where content_id = ? and seq = ?`,
    [engine.id(contentId), seq],
  )
  return engine.readBytes(rows[0]?.data)
}
