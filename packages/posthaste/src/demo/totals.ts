import type { MailQueue } from '../queue/mail-queue.ts'
import type { Counted } from './smtp-talk.ts'
import { copiesOf, type Line, type Outcome } from './tally.ts'

/** The figures of the whole. */
export async function totals(
  outcomes: readonly Outcome[],
  { accepted, refused, unanswered }: Counted,
  mail: MailQueue,
): Promise<Line[]> {
  const records = outcomes.flatMap((outcome) => outcome.records.flatMap((record) => record ?? []))
  const attempts = (await Promise.all(records.map(({ id }) => mail.attempts(id)))).flat()
  const doubts = records.reduce((sum, { unknowns }) => sum + unknowns, 0)
  const sent = records.filter(({ state }) => state === 'sent').length
  const answered = (code: number) => ({
    server: refused.filter((one) => one === code).length,
    queue: attempts.filter((attempt) => attempt.code === code).length,
  })
  const meant = outcomes.flatMap(({ act }) => copiesOf(act)).length
  const lost = unanswered.filter((moment) => moment === 'body').length
  return [
    line('mails in all', meant, { server: accepted.length, queue: sent + doubts, says: 'on record' }),
    line('answers 451', 1, { ...answered(451), says: 'deferred' }),
    line('answers 550', 1, { ...answered(550), says: 'rejected' }),
    line('answers that never came', 2, { server: lost, queue: doubts, says: 'flagged' }),
  ]
}

function line(title: string, expected: number, counted: Pick<Line, 'server' | 'queue' | 'says'>): Line {
  return { title, expected, ...counted, ok: counted.server === expected && counted.queue === expected }
}
