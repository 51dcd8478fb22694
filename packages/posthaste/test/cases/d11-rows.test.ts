import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { MailQueue } from '../../src/queue/mail-queue.ts'
import { tableNames } from '../../src/store/tables.ts'
import { runMaintenance } from '../../src/worker/maintenance.ts'
import { describeEachDatabase, type EngineName, engineOf } from '../support/databases.ts'
import { type Edit, editMail, everyEdit, seedOthers, shown } from '../support/edited-rows.ts'
import { letter, openLine, type TestLine } from '../support/line.ts'
import { columnsOf } from '../support/scan.ts'
import { seeded } from '../support/seeded.ts'
import { claim, settleOnly, settlingOf } from '../support/store.ts'

/** Of each database's thousand and more; all of them with POSTHASTE_FUZZ_ROWS=all. */
const rounds = process.env.POSTHASTE_FUZZ_ROWS === 'all' ? 1_000 : 4
const victims = 40

describeEachDatabase('D11, F6, B1: a row edited by hand', (kind, fresh) => {
  const engineName = engineOf(kind)

  test.each([
    ['delivery', 'attempts', '-1'],
    ['delivery', 'expires_at', '9007199254740994'],
    ['mail', 'send_at', '9223372036854775807'],
    ['mail', 'smtp', '{"broken'],
    ['mail', 'on_unknown', 'xyzzy'],
    ['recipient', 'state', 'xyzzy'],
  ])(
    '%s.%s = %s makes that mail unreadable, which its history and an event say',
    async (table, column, value) => {
      await using line = await openLine((await fresh()).url)
      const { mail, smtp } = line
      const [{ id: broken }, { id: whole }] = [
        await mail.enqueue(letter('ada@example.com')),
        await mail.enqueue(letter('bob@example.com')),
      ]
      await editMail(line.parts, { table, column, value }, { id: broken, engine: engineName })
      const worker = mail.worker({ pollInterval: '1s' })
      const told = new Promise((resolve) => worker.on('failed', resolve))
      await worker.start()
      expect(await told).toMatchObject({
        id: broken,
        reason: 'unreadable',
        reply: expect.stringContaining(column),
      })
      await mail.settled(whole)
      await worker.stop()
      expect(await mail.get(broken)).toMatchObject({ state: 'failed', reason: 'unreadable' })
      expect((await mail.attempts(broken)).at(-1)).toMatchObject({ outcome: 'unreadable' })
      expect(smtp.received).toHaveLength(1)
    },
  )

  test('a due time that is none fails by maintenance, and keeps nothing from being claimed', async () => {
    await using line = await openLine((await fresh()).url)
    const { mail, parts } = line
    const { id } = await mail.enqueue(letter('ada@example.com'))
    await editMail(
      parts,
      { table: 'delivery', column: 'due_at', value: '9007199254740994' },
      { id, engine: engineName },
    )
    const good = await mail.enqueue(letter('bob@example.com'))
    await mail.deliverDue()
    expect(await mail.get(good.id)).toMatchObject({ state: 'sent' })
    expect((await mail.get(id))?.unreadable).toEqual(['due_at'])
    await maintain(parts)
    expect(await mail.get(id)).toMatchObject({ state: 'failed', reason: 'unreadable', unreadable: [] })
  })

  test('hurts that mail at most: others go, once, and everything can be read', {
    timeout: 600_000,
  }, async () => {
    await using line = await openLine((await fresh()).url)
    const at = await line.parts.connection.ready()
    const tables = await columnsOf({ kind, database: at.database })
    for (const name of [...tables.keys()]) if (/migration"?$|meta"?$/.test(name)) tables.delete(name)
    // An empty name in a pause is every stream: that is no garbage.
    const edits = everyEdit(tables, seeded(20_261_130)).filter(
      ({ table, value }) => !(table.includes('pause') && value === ''),
    )
    const wrong: string[] = []
    for (let round = 0; round < rounds && edits.length > 0; round++) {
      wrong.push(...(await editedRound(line, edits.splice(0, victims), engineName)))
    }
    expect(wrong).toEqual([])
  })
})

/** One mail for each edit, and some that nobody touches; gives what went wrong. */
async function editedRound(line: TestLine, edits: readonly Edit[], engine: EngineName): Promise<string[]> {
  const { mail, parts, smtp } = line
  const at = await parts.connection.ready()
  const { store } = at
  await seedOthers(parts)
  const broken = await seedMails(line, edits.length)
  const good = await Promise.all(
    [1, 2, 3].map((n) => mail.enqueue(letter(`good${n}-${randomUUID()}@example.com`, { subject: 'good' }))),
  )
  const made: Edit[] = []
  for (const [index, one] of edits.entries())
    if (await editMail(parts, one, { id: broken[index % broken.length] ?? '', engine })) made.push(one)
  const wrong: string[] = []
  const tried = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error: Error) => wrong.push(`${what}: ${error.stack}\n${made.map(shown).join('\n')}`))
  }
  await tried('maintenance', () => maintain(parts))
  await tried('deliverDue', () => mail.deliverDue())
  await tried('rescue', () => store.rescue(parts.clock.now() + 3_600_000, 3))
  for (const id of broken) {
    await tried('get', async () => JSON.stringify([await mail.get(id), await mail.attempts(id)]))
  }
  await tried('reading', () => readAll(mail))
  await tried('resolve', () => mail.resolve({ unknown: true }, 'arrived'))
  await tried('purge', () => mail.purge({ state: 'failed' }, { olderThan: 0 }))
  for (const { id } of good) {
    const found = await mail.get(id)
    if (found?.state !== 'sent') wrong.push(`${found?.state}, not sent\n${made.map(shown).join('\n')}`)
  }
  const all = smtp.received.flatMap(({ to }) => to.filter((address) => address.startsWith('good')))
  if (new Set(all).size !== all.length) wrong.push('a good mail went twice')
  smtp.received.length = 0
  for (const name of tableNames)
    if (name !== 'migration' && name !== 'meta')
      await at.database.query(`delete from ${at.engine.tables[name]}`)
  return wrong
}

/** Some are new, some were deferred, some in doubt, some under way with a worker that died. */
async function seedMails({ mail, parts }: TestLine, count: number): Promise<string[]> {
  const at = await parts.connection.ready()
  const content = await mail.attachments.put(Buffer.from('attached'))
  const all = await Promise.all(
    Array.from({ length: count }, () =>
      mail.enqueue(
        letter(`ada-${randomUUID()}@example.com`, { attachments: [{ filename: 'a.txt', content }] }),
        { idempotencyKey: randomUUID(), tags: ['a'], metadata: { a: 1 }, tenant: 'acme' },
      ),
    ),
  )
  const claims = await claim(at, { now: parts.clock.now() + 1, limit: 12 })
  const settling = claims
    .slice(0, 8)
    .map((one, n) => settlingOf(one, n % 2 === 0 ? 'deferred' : 'unknown', { now: parts.clock.now() }))
  await settleOnly(at, settling, parts.clock.now())
  const now = parts.clock.now()
  await at.store.refusals.note(
    claims.slice(0, 8).map(({ mailId, stream, sender, tenant }) => ({
      ...{ mailId, seq: 0, transport: 'spare', domain: 'example.com', reply: '550', isSenders: false },
      ...{ stream, sender, tenant, refusedAt: now },
    })),
  )
  return all.map(({ id }) => id)
}

async function readAll(mail: MailQueue): Promise<void> {
  const all = [
    await mail.find({ all: true }, { limit: 100 }),
    await mail.stats(),
    await mail.health(),
    await mail.transports.list(),
    await mail.suppressions.list(),
    await mail.suppressions.check('nobody@example.com'),
    await mail.count({ state: 'failed' }),
  ]
  JSON.stringify(all)
}

async function maintain(parts: TestLine['parts']): Promise<void> {
  const { store } = await parts.connection.ready()
  const { streams } = parts.settings()
  await runMaintenance({ store, now: parts.clock.now(), streams, isOver: () => false })
}
