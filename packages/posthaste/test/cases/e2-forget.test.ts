import { expect, test } from 'vitest'
import { describeEachDatabase } from '../support/databases.ts'
import { later, suppress, sweep } from '../support/final-ways.ts'
import { holding } from '../support/scan.ts'
import {
  add,
  claim,
  type NewTestMail,
  newWorker,
  noon,
  openStore,
  settleOnly,
  settlingOf,
} from '../support/store.ts'

const her = 'Ada@Bücher.example'
const needles = ['ada@bücher', 'ada@xn--bcher-kva', 'lovelace']

describeEachDatabase('E2: of a person who was forgotten', (kind, fresh) => {
  test('nothing is in any column, wherever she was named', async () => {
    const at = await openStore(kind, await fresh())
    const { store } = at
    const worker = newWorker()
    await store.registerWorker(worker)
    const content = {
      document: Buffer.from(`{"v":1,"mail":{"to":"Ada Lovelace <${her}>"}}`),
      mime: Buffer.from(`To: Ada Lovelace <${her}>\r\n\r\nDear Ada Lovelace`),
    }
    const toHer = {
      to: [her],
      subject: 'Dear Ada Lovelace',
      metadata: '{"name":"Ada Lovelace"}',
      body: content,
    }
    await add(at, toHer)
    const [done] = await claim(at, { workerId: worker.id })
    if (done) await settleOnly(at, [settlingOf(done, 'accepted', { text: `<${her}> accepted` })])
    await add(at, { ...toHer, to: [her, 'bob@example.com'] })
    const [underWay] = await claim(at, { workerId: worker.id })
    const dsn = { dsn: { recipient: `rfc822;${her}` } }
    const named: NewTestMail = {
      to: ['bob@example.com'],
      tags: [`user:${her}`],
      idempotencyKey: `order-1:${her}`,
      metadata: JSON.stringify({ for: her }),
      tenant: `${her}`,
    }
    const other = await add(at, named)
    await add(at, { to: ['bob@example.com'], sender: her, body: content })
    await add(at, { to: ['bob@example.com'], smtp: dsn, body: content })
    await store.pause({ stream: 'default', reason: `${her} asked`, who: her, since: noon })
    await store.backOffTransport('main', { until: later, reason: `<${her}>: full`, now: noon })
    await suppress(at, her)
    await store.suppressions.add({
      ...{ address: 'bob@example.com', stream: 'news', tenant: `of ${her}`, reason: 'manual' },
      ...{ origin: her.toLowerCase(), note: `said ${her}`, createdAt: noon, expiresAt: null },
    })
    const about = { transport: 'main', reply: `550 <${her}>` }
    await store.refusals.note([
      {
        ...about,
        mailId: other.id,
        seq: 0,
        domain: 'x',
        isSenders: false,
        stream: 'default',
        sender: her,
        tenant: her,
        refusedAt: noon,
      },
    ])
    await store.refusals.brake({
      ...about,
      scope: 'sender',
      value: her,
      since: noon,
      canaryAt: later,
      endedAt: null,
      earlierMs: 0,
    })

    await store.forget('ada@xn--bcher-kva.example', noon)
    if (underWay) await settleOnly(at, [settlingOf(underWay, 'accepted', { text: `<${her}> accepted` })])
    await store.resume('default', noon)
    const rest = await claim(at, { workerId: worker.id })
    expect(rest).toHaveLength(3)
    expect(rest.map(({ sender }) => sender)).toContain(her)
    await settleOnly(
      at,
      rest.map((one) => settlingOf(one, 'accepted')),
    )
    await store.sweep(sweep)
    const left = await Promise.all(needles.map((needle) => holding(at, needle)))
    expect(left).toEqual(needles.map(() => []))
    await at.close()
  })

  test('nobody else is forgotten with her', async () => {
    const at = await openStore(kind, await fresh())
    const [near, key] = ['nevada@bücher.example', 'ada@bücher.example.org']
    await add(at, { to: [near], tags: [near, key], idempotencyKey: key, sender: near, metadata: `"${near}"` })
    await at.store.forget('ada@xn--bcher-kva.example', noon)
    expect(await holding(at, near)).toEqual(['mail.metadata', 'mail.sender', 'recipient.address', 'tag.tag'])
    expect(await holding(at, key)).toEqual(['idempotency.idempotency_key', 'mail.idempotency_key', 'tag.tag'])
    await at.close()
  })
})
