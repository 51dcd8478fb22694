import { PosthasteError } from '../errors.ts'
import { renderMime } from '../mail/render.ts'
import type { QueueParts } from '../queue/operator.ts'
import type { MailRecord } from '../store/store.ts'
import { messageOf } from '../worker/dispatching.ts'
import { WrongCall } from './wrong-call.ts'

/**
 * The message as it goes out.
 *
 * @throws {PH_BODY_GONE} its content is no longer stored
 */
export async function readBody({ connection }: QueueParts, mail: MailRecord): Promise<string> {
  if (mail.sensitive) throw new WrongCall('this mail is sensitive: its content is never shown')
  if (!mail.hasBody) throw new PosthasteError('PH_BODY_GONE', mail.id)
  const { store } = await connection.ready()
  const stored = await store.mime(mail.id)
  const mime = stored ?? (await renderMime(await messageOf({ mailId: mail.id }, store, 'mime')))
  return mime.toString()
}
