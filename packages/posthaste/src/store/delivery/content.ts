import type { StoreBase } from '../base.ts'
import { bytesOrNull, listOf } from '../rows.ts'

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
  return bytes ? { document: bytes, contents: listOf<string>(rows[0]?.contents) } : undefined
}

export async function chunk(
  { database, engine }: StoreBase,
  contentId: string,
  seq: number,
): Promise<Buffer | undefined> {
  // Differs because pg reads bytes as hexadecimal text of twice their size: with it, 100 MB attached took 74–79 MB more, with base64 36–50.
  const data = engine.kind === 'postgres' ? "translate(encode(data, 'base64'), E'\\n', '') as data" : 'data'
  const { rows } = await database.query(
    `select ${data} from ${engine.tables.chunk} where content_id = ? and seq = ?`,
    [engine.id(contentId), seq],
  )
  const bytes = rows[0]?.data
  return typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : (bytesOrNull(bytes) ?? undefined)
}
