import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { workerProcess } from '../support/processes.ts'
import { standStill } from '../support/stand-still.ts'
import { until } from '../support/wait.ts'

const leased = { lease: '1s', pollInterval: '200ms' } as const

describeEachDatabase('A22', (kind, fresh) => {
  test.each([
    ['an acceptance', '250 2.0.0 OK <FIRST@mx.prod.outlook.com>', 'accepted', 2],
    ['a refusal', '550 5.1.1 No such user FIRST', 'rejected', 1],
    ['a deferral', '450 4.2.0 Later FIRST', 'deferred', 1],
  ])(
    'A22: %s that comes after its worker stood still, and the mail went by another, is told beside the second copy',
    async (_title, answer, outcome, unknowns) => {
      const { url } = await fresh()
      const answered = Promise.withResolvers<void>()
      let dots = 0
      const reply = async ({ step }: { step: string }) => {
        if (step !== 'dot') return undefined
        if (dots++ > 0) return '250 2.0.0 OK <SECOND@mx.prod.outlook.com>'
        await answered.promise
        return answer
      }
      await using line = await openLine(url, {}, { reply })
      const { id } = await line.mail.enqueue(letter('ada@example.com'))
      const transports = { default: line.smtp.url }
      const late = await workerProcess({ database: url, transports }, leased)
      await until(() => dots === 1)
      await standStill(late, kind, url)
      await using other = line.mail.worker(leased)
      await other.start()
      expect(await line.mail.settled(id)).toMatchObject({ state: 'sent', unknowns: 1 })
      answered.resolve()
      late.process.kill('SIGCONT')
      await until(async () => (await line.mail.attempts(id)).every((one) => one.outcome !== 'died'))
      const [first, second] = await line.mail.attempts(id)
      expect(first).toMatchObject({ attempt: 1, outcome })
      const said = outcome === 'accepted' ? first?.serverMessageId : first?.reply
      expect(said).toContain('FIRST')
      expect(second).toMatchObject({ outcome: 'accepted', serverMessageId: '<SECOND@mx.prod.outlook.com>' })
      expect(await line.mail.get(id)).toMatchObject({ state: 'sent', unknowns })
      late.process.kill('SIGTERM')
      expect(await late.ended).toBe(0)
    },
  )
})
