import type { MailQueue } from '../queue/mail-queue.ts'
import type { Counted } from './smtp-server.ts'
import { acceptedBy, type Line, type Outcome } from './tally.ts'

/** The figures of the whole: mails, recipients, refusals. */
export async function totals(
  outcomes: readonly Outcome[],
  { accepted, refused }: Counted,
  mail: MailQueue,
): Promise<Line[]> {
  const records = outcomes.flatMap((outcome) => outcome.records.flatMap((record) => record ?? []))
  const attempts = (await Promise.all(records.map(({ id }) => mail.attempts(id)))).flat()
  const answered = (code: number) => ({
    server: refused.filter((one) => one === code).length,
    queue: attempts.filter((attempt) => attempt.code === code).length,
  })
  const meant = outcomes.flatMap(({ act }) => act.arrivesAt.filter(({ length }) => length > 0))
  return [
    line('mails in all', meant.length, {
      server: accepted.length,
      queue: (await mail.stats()).states.sent,
      says: 'sent',
    }),
    line('recipients in all', meant.flat().length, {
      server: accepted.flatMap(({ to }) => to).length,
      queue: records.flatMap(acceptedBy).length,
      says: 'accepted',
    }),
    line('answers 451', 1, { ...answered(451), says: 'deferred' }),
    line('answers 550', 1, { ...answered(550), says: 'rejected' }),
  ]
}

function line(title: string, expected: number, counted: Pick<Line, 'server' | 'queue' | 'says'>): Line {
  return { title, expected, ...counted, ok: counted.server === expected && counted.queue === expected }
}
