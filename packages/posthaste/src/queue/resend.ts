import { PosthasteError } from '../errors.ts'
import { newId } from '../ids.ts'
import { parseMailboxes } from '../mail/addresses.ts'
import { unique } from '../mail/envelope.ts'
import { generateMessageId } from '../mail/message-id.ts'
import { renewDocument } from '../mail/renew-document.ts'
import { documentParameters } from '../mail/smtp-parameters.ts'
import type { NewEntry } from '../store/add/new-mail.ts'
import type { MailRecord, Store } from '../store/store.ts'
import type { Enqueueing } from './compose-in-time.ts'
import { addInOwn, type Enqueued } from './enqueue.ts'

/** A new mail with the content of an old one; contents are shared, not copied. */
export async function resend(
  queue: Enqueueing,
  id: string,
  to: readonly string[] | undefined,
): Promise<Enqueued> {
  const connected = await queue.connection.ready()
  const old = await connected.store.get(id)
  if (!old) throw new PosthasteError('PH_NOT_FOUND', id)
  const body = await connected.store.document(id)
  if (!body) throw new PosthasteError('PH_BODY_GONE', id)
  const recipients =
    to === undefined ? undefined : unique(parseMailboxes(to, 'to')).map(({ address }) => address)
  if (recipients?.length === 0) throw new PosthasteError('PH_NO_RECIPIENTS')
  const [added] = await addInOwn(connected, [
    await entryOf(queue, old, { body, recipients, store: connected.store }),
  ])
  if (!added) throw new Error('a resend gave nothing')
  queue.connection.enqueued()
  return added
}

interface Resending {
  readonly body: { readonly document: Buffer; readonly contents: readonly string[] }
  readonly recipients: readonly string[] | undefined
  readonly store: Store
}

async function entryOf(
  { clock, settings }: Enqueueing,
  old: MailRecord,
  { body, recipients }: Resending,
): Promise<NewEntry> {
  const now = clock.now()
  const id = newId(now)
  const messageId = generateMessageId(id, old.sender, settings.hostname)
  return {
    mail: {
      ...old,
      id,
      messageId,
      recipients: recipients?.map((address) => ({ address, kind: 'to' as const })) ?? old.recipients,
      createdAt: now,
      sendAt: now,
      expiresAt: null,
      retry: null,
      smtp: documentParameters(body.document),
      metadata: old.metadata === null ? null : JSON.stringify(old.metadata),
      idempotencyKey: null,
      onConflict: 'keep',
      replaces: null,
      resentFrom: old.id,
    },
    body: {
      document: renewDocument(body.document, { messageId, date: new Date(now), to: recipients }),
      mime: null,
      size: old.size,
      hash: () => '',
      contents: body.contents.map((content) => ({ posthasteContent: content, size: 0, sha256: '' })),
    },
  }
}
