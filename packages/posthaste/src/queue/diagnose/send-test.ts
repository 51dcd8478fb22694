import type { Mail } from '../../mail/mail.ts'
import type { Enqueued } from '../enqueue.ts'
import type { QueueAdmin } from '../queue-admin.ts'
import type { QueueParts } from '../queue-parts.ts'
import { type Finding, ok, problem } from './finding.ts'

/** What a test mail needs of the queue. */
export interface TestedQueue extends Pick<QueueAdmin, 'get' | 'attempts'> {
  enqueue(given: Mail): Promise<Enqueued>
  deliverDue(options: { readonly ids: readonly string[] }): Promise<unknown>
}

/** Queues a mail to this address and delivers it at once. */
export async function sendTest(queue: TestedQueue, parts: QueueParts, to: string): Promise<Finding> {
  const from = parts.settings().defaults.from ?? to
  const { id, status } = await queue.enqueue({
    from,
    to,
    subject: 'A test of Posthaste',
    text: `This mail was queued and sent by \`posthaste doctor\` from ${parts.settings().hostname}.`,
  })
  if (status === 'suppressed')
    return problem(
      'test mail',
      `${to} is on the suppression list`,
      `\`posthaste suppress check ${to}\` tells why; \`posthaste suppress remove ${to}\` takes it off.`,
    )
  await queue.deliverDue({ ids: [id] })
  const mail = await queue.get(id)
  const reply =
    (await queue.attempts(id)).at(-1)?.reply ??
    'no attempt was made: the queue is paused, or the transport backs off'
  return mail?.state === 'sent'
    ? ok('test mail', `accepted: ${reply} (${id})`)
    : problem('test mail', `${mail?.state ?? 'gone'}: ${reply}`, `\`posthaste show ${id}\` tells more.`)
}
