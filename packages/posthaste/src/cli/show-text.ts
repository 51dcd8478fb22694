import { moment, span } from '../moments.ts'
import {
  type Attempt,
  type Brake,
  type MailRecord,
  type RecipientRecord,
  shownSubject,
  type TransportState,
} from '../queue/records.ts'
import { paint, stateOf } from './mail-table.ts'
import { clean, type Output } from './output.ts'
import { pairs, table } from './table.ts'

export interface ShownWith {
  readonly attempts: readonly Attempt[]
  /** What keeps it back. */
  readonly brakes: readonly Brake[]
  readonly backingOff: readonly TransportState[]
}

/** One mail, its recipients and its history. */
export function showText(out: Output, mail: MailRecord, also: ShownWith): string {
  const { attempts } = also
  return [
    factsOf(out, mail, also),
    recipientsText(out, mail.recipients),
    attempts.length > 0 ? attemptsText(out, attempts) : out.colors.dim('no attempt yet'),
  ].join('\n\n')
}

function factsOf(out: Output, mail: MailRecord, also: ShownWith): string {
  const { brakes } = also
  return pairs(out, [
    ['id', mail.id],
    ['state', paint(out, mail.state, stateOf(mail))],
    ['message-id', clean(mail.messageId)],
    ['from', clean(mail.sender) || '<>'],
    ['subject', clean(shownSubject(mail))],
    ['stream', clean(mail.stream)],
    ['tenant', mail.tenant === null ? undefined : clean(mail.tenant)],
    ['priority', mail.priority],
    ['queued', moment(mail.createdAt)],
    ['due', mail.settledAt === null ? moment(mail.dueAt) : undefined],
    ['expires', mail.expiresAt === null ? undefined : moment(mail.expiresAt)],
    ['settled', mail.settledAt === null ? undefined : moment(mail.settledAt)],
    ['attempts', String(mail.attempts)],
    ['refused', brakes.length > 0 ? undefined : refusedText(mail)],
    ['braked', brakes.length > 0 ? brakes.map(brakedText).join('; ') : undefined],
    ['waits', brakes.length > 0 ? undefined : waitsText(mail, also)],
    ['unknown', mail.unknowns > 0 ? `${mail.unknowns}: a second copy may have left` : undefined],
    ['size', `${mail.size} bytes${mail.hasBody ? '' : ', content deleted'}`],
    ['tags', mail.tags.length > 0 ? clean(mail.tags.join(', ')) : undefined],
    ['key', mail.idempotencyKey === null ? undefined : clean(mail.idempotencyKey)],
    ['resent from', mail.resentFrom ?? undefined],
    ['metadata', mail.metadata === null ? undefined : clean(JSON.stringify(mail.metadata))],
  ])
}

/** Why it waits, where a refusal may have been the transport's fault. */
function refusedText({ refusedAt }: MailRecord): string | undefined {
  if (refusedAt === null) return undefined
  const hour = new Date(refusedAt.getTime() + 3_600_000)
  return `${moment(refusedAt)}, not proven: it fails when other mail is accepted, or when it is refused again after ${moment(hour)}`
}

/** For its transport, or by itself after its last attempt. */
function waitsText(mail: MailRecord, { attempts, backingOff: [transport] }: ShownWith): string | undefined {
  if (mail.state !== 'queued' || mail.refusedAt !== null) return undefined
  if (transport)
    return `for ${clean(transport.name)}, which backs off until ${moment(transport.until)}: ${clean(transport.reason ?? '')}`
  const last = attempts.findLast(({ attempt }) => attempt > 0)
  return last && `until ${moment(mail.dueAt)}, by itself: ${clean(replyOf(last) || (last.errorCode ?? ''))}`
}

function brakedText({ transport, scope, value, until }: Brake): string {
  const what = scope === 'transport' ? 'all mail' : `all mail of the ${scope} ${clean(value ?? '')}`
  return `${clean(transport)} refuses ${what}; none fails, and one tries again at ${moment(until)}`
}

function recipientsText(out: Output, recipients: readonly RecipientRecord[]): string {
  return table(
    out,
    [
      { title: 'RECIPIENT', of: ({ address }) => address },
      { title: 'AS', of: ({ kind }) => kind },
      {
        title: 'STATE',
        of: ({ state }) => state,
        color: ({ state }, text) =>
          state === 'accepted'
            ? out.colors.green(text)
            : state === 'pending'
              ? text
              : out.colors.yellow(text),
      },
      { title: 'REPLY', of: replyOf, shrinks: true },
    ],
    recipients,
  )
}

function attemptsText(out: Output, attempts: readonly Attempt[]): string {
  return table(
    out,
    [
      { title: 'ATTEMPT', of: ({ attempt }) => attempt, right: true },
      { title: 'WHEN', of: ({ startedAt }) => moment(startedAt) },
      { title: 'TOOK', of: ({ ms }) => span(ms), right: true },
      { title: 'TRANSPORT', of: ({ transport }) => transport },
      { title: 'OUTCOME', of: ({ outcome }) => outcome },
      { title: 'SERVER', of: ({ remote }) => remote ?? '–' },
      { title: 'REPLY', of: (attempt) => replyOf(attempt) || (attempt.errorCode ?? ''), shrinks: true },
    ],
    attempts,
  )
}

function replyOf({ code, enhanced, reply }: Pick<Attempt, 'code' | 'enhanced' | 'reply'>): string {
  return [code, enhanced, reply].filter((part) => part !== null).join(' ')
}
