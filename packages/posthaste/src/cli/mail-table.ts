import type { State } from '../mail/mail.ts'
import { moment } from '../moments.ts'
import { type MailRecord, shownSubject } from '../queue/records.ts'
import type { Output } from './output.ts'
import { table } from './table.ts'

/** Mails, one to a line. */
export function mailTable(out: Output, mails: readonly MailRecord[]): string {
  return table(
    out,
    [
      { title: 'ID', of: ({ id }) => id },
      { title: 'STATE', of: stateOf, color: (mail, text) => paint(out, mail.state, text) },
      { title: 'QUEUED', of: ({ createdAt }) => moment(createdAt) },
      { title: 'STREAM', of: ({ stream }) => stream },
      { title: 'ATTEMPTS', of: ({ attempts }) => attempts, right: true },
      { title: 'TO', of: recipientsOf, shrinks: true },
      { title: 'SUBJECT', of: shownSubject, shrinks: true },
    ],
    mails,
  )
}

/** The state as a person reads it: waiting for a retry, or why. */
export function stateOf({ state, attempts, reason, unknowns }: MailRecord): string {
  const shown =
    state === 'queued' && attempts > 0 ? 'deferred' : reason === null ? state : `${state}: ${reason}`
  return unknowns > 0 ? `${shown} (?)` : shown
}

export function paint({ colors }: Output, state: State, text: string): string {
  if (state === 'sent') return colors.green(text)
  if (state === 'failed') return colors.red(text)
  return state === 'queued' || state === 'sending' ? colors.cyan(text) : colors.yellow(text)
}

function recipientsOf({ recipients }: MailRecord): string {
  const [first, ...others] = recipients
  return `${first?.address ?? ''}${others.length > 0 ? ` +${others.length}` : ''}`
}
