import { expect, onTestFinished, test } from 'vitest'
import { type ByHand, openByHand } from '../support/by-hand.ts'
import { type DatabaseKind, describeEachDatabase } from '../support/databases.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

interface Refused {
  readonly table: string
  readonly on: 'insert' | 'update'
  /** With what stands before each column. */
  readonly when: (row: string) => string
}

/** The database refuses such rows, as an operator's own constraint would, or a text that its character set lacks. */
function refuse(kind: DatabaseKind, hand: ByHand, { table, when, on }: Refused): string {
  const name = hand.table(table)
  return kind === 'sqlite'
    ? `create trigger refused before ${on} on ${name} when ${when('new.')} begin select raise(abort, 'refused'); end`
    : `alter table ${name} add constraint refused check (not (${when('')}))`
}

function allow(kind: DatabaseKind, hand: ByHand, { table }: Refused): string {
  return kind === 'sqlite'
    ? 'drop trigger refused'
    : `alter table ${hand.table(table)} drop constraint refused`
}

const spoken: Refused = { table: 'attempt', on: 'insert', when: (row) => `${row}reply like '%poison%'` }
const mark = 7_258_118_400_007
const whatever: Refused = {
  table: 'delivery',
  on: 'update',
  when: (row) => `${row}state = 'sent' and ${row}expires_at = ${mark}`,
}

describeEachDatabase('a settlement that the database refuses', (kind, fresh) => {
  async function open(): Promise<{ line: TestLine; hand: ByHand }> {
    const { url } = await fresh()
    const queued = (to: string) => `250 2.0.0 queued as ${to.split('@')[0]}`
    const line = await openLine(
      url,
      {},
      { reply: ({ step }, { to }) => (step === 'dot' ? queued(to.join()) : undefined) },
    )
    onTestFinished(() => line[Symbol.asyncDispose]())
    const hand = await openByHand(kind, url)
    onTestFinished(() => hand.close())
    const names = [...Array.from({ length: 30 }, (_, n) => `ada${n}`), 'poison']
    await line.mail.enqueueMany(
      names.map((name) => ({ mail: letter(`${name}@example.com`, { subject: name }) })),
    )
    return { line, hand }
  }

  const poisoned = async ({ mail }: TestLine) => (await mail.find({ to: 'poison@example.com' })).items[0]

  test('for a text holds up no other, and is settled without that text', async () => {
    const { line, hand } = await open()
    await hand.run(refuse(kind, hand, spoken))
    expect(await line.mail.deliverDue({ concurrency: 20 })).toMatchObject({ sent: 31 })
    const mail = await poisoned(line)
    expect(mail).toMatchObject({ state: 'sent', attempts: 1 })
    expect(await line.mail.attempts(mail?.id ?? '')).toMatchObject([
      { outcome: 'accepted', reply: 'The database refused to store what was said' },
    ])
    expect(line.smtp.received).toHaveLength(31)
  })

  test('whatever it says does not keep a pass from its end', async () => {
    const { line, hand } = await open()
    await hand.run(`update ${hand.table('delivery')} set expires_at = ${mark} where ${hand.of('poison')}`)
    await hand.run(refuse(kind, hand, whatever))
    expect(await line.mail.deliverDue({ concurrency: 20 })).toMatchObject({ sent: 30 })
    expect(await poisoned(line)).toMatchObject({ state: 'sending' })
  })

  test('whatever it says holds up no other, and is settled once the database takes it', async () => {
    const { line, hand } = await open()
    await hand.run(`update ${hand.table('delivery')} set expires_at = ${mark} where ${hand.of('poison')}`)
    await hand.run(refuse(kind, hand, whatever))
    const worker = line.mail.worker({ concurrency: 20 })
    await worker.start()
    onTestFinished(() => worker.stop())
    await until(async () => (await line.mail.count({ state: 'sent' })) === 30, {
      what: 'all others are sent',
    })
    await line.mail.enqueue(letter('late@example.com'))
    await until(async () => (await line.mail.count({ state: 'sent' })) === 31, { what: 'later mail is sent' })
    expect(await poisoned(line)).toMatchObject({ state: 'sending' })
    await hand.run(allow(kind, hand, whatever))
    await until(async () => (await poisoned(line))?.state === 'sent', {
      timeout: 20_000,
      what: 'it is settled',
    })
    expect(line.smtp.received).toHaveLength(32)
  }, 60_000)
})
