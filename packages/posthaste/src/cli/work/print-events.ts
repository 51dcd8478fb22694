import type { WorkerEvents } from '../../events.ts'
import { moment } from '../../moments.ts'
import type { Worker } from '../../queue/mail-queue.ts'
import { clean, type Output } from '../output.ts'

export interface Totals {
  sent: number
  deferred: number
  failed: number
}

/** A line for whatever needs a person's eye; each sent mail only on a terminal or when asked, for there are many. */
export function printEvents(
  worker: Worker,
  out: Output,
  { verbose = out.terminal }: { verbose?: boolean },
): Totals {
  const totals: Totals = { sent: 0, deferred: 0, failed: 0 }
  const { green, red, yellow } = out.colors
  const say = (event: string, about: object, text: string) =>
    out.line({ event, ...about }, `${moment(Date.now())} ${text}`)
  for (const name of ['sent', 'deferred', 'failed'] as const) worker.on(name, () => void totals[name]++)
  if (verbose) worker.on('sent', (mail) => say('sent', mail, `${green('sent')} ${mail.id} ${replyOf(mail)}`))
  worker
    .on('deferred', (mail) =>
      say(
        'deferred',
        mail,
        `${yellow('deferred')} ${mail.id} until ${moment(mail.nextAttemptAt)} ${replyOf(mail)}`,
      ),
    )
    .on('failed', (mail) =>
      say('failed', mail, `${red('failed')} ${mail.id} ${mail.reason} ${replyOf(mail)}`),
    )
    .on('unknown', (mail) =>
      say('unknown', mail, `${yellow('unknown')} ${mail.id} may have been sent: ${mail.policy}`),
    )
    .on('backoff', (backoff) =>
      say(
        'backoff',
        backoff,
        `${yellow('backoff')} the transport ${backoff.name} until ${moment(backoff.until)}: ${clean(backoff.reason)}`,
      ),
    )
    .on('rescued', (found) =>
      say('rescued', found, `${yellow('rescued')} ${found.mails} mails of ${found.workers} dead workers`),
    )
    .on('error', (error) => sayError(out, error))
  return totals
}

function replyOf({
  reply,
}: WorkerEvents['sent'][0] | WorkerEvents['failed'][0] | WorkerEvents['deferred'][0]): string {
  return reply === null ? '' : clean(reply)
}

function sayError(out: Output, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  out.line({ event: 'error', message }, `${moment(Date.now())} ${out.colors.red('error')} ${clean(message)}`)
}
