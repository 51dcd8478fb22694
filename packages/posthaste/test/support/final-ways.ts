import {
  add,
  claim,
  claimOne,
  minute,
  type NewTestMail,
  newContent,
  newWorker,
  noon,
  type OpenStore,
  settleOnly,
  settlingOf,
} from './store.ts'

/** What sensitive mail says here. */
export const secret = 'xyzzy'

/** Sensitive mail that says it wherever a mail says anything. */
export function sensitive(given: NewTestMail = {}): NewTestMail {
  const bytes = Buffer.from(`${secret} `.repeat(1_000))
  return {
    sensitive: true,
    subject: `Your code is ${secret}`,
    metadata: JSON.stringify({ code: secret }),
    body: {
      document: Buffer.from(`{"v":1,"mail":{"text":"${secret}"}}`),
      mime: Buffer.from(`Subject: ${secret}\r\n\r\n${secret}`),
      contents: [newContent(bytes)],
    },
    ...given,
  }
}

export const sweep = { before: noon - 1, pinnedBefore: 0, limit: 100 }
export const later = noon + 2 * minute

async function claimed(at: OpenStore, given: NewTestMail = {}) {
  const worker = newWorker()
  await at.store.registerWorker(worker)
  const { id } = await add(at, sensitive(given))
  return { id, worker, one: await claimOne(at, { workerId: worker.id }) }
}

/** Claimed by a worker that died, and taken from it. */
async function lost(at: OpenStore, given: NewTestMail = {}) {
  const all = await claimed(at, given)
  await at.store.rescue(later, 5)
  return all
}

async function inDoubt(at: OpenStore, given: NewTestMail = {}) {
  const all = await claimed(at, given)
  await settleOnly(at, [settlingOf(all.one, 'unknown')])
  return all
}

export async function suppress(at: OpenStore, address: string): Promise<void> {
  const about = { reason: 'manual', origin: 'test', note: null, createdAt: noon, expiresAt: null }
  await at.store.suppressions.add({ address, stream: '', tenant: '', ...about })
}

async function refused(at: OpenStore) {
  const { id, one } = await claimed(at)
  await settleOnly(at, [settlingOf(one, 'deferred')])
  const about = { stream: 'default', sender: 'example.com', tenant: null, isSenders: false }
  return {
    mailId: id,
    seq: 0,
    transport: 'main',
    domain: 'example.com',
    reply: '550',
    refusedAt: noon,
    ...about,
  }
}

/** Every way into a final state, walked; each gives the mail. */
export const ways: Record<string, (at: OpenStore) => Promise<string>> = {
  async 'enqueue suppressed'(at) {
    await suppress(at, 'ada@example.com')
    return (await add(at, sensitive())).id
  },
  async 'claim failed'(at) {
    const { id } = await add(at, sensitive())
    await at.database.query(`delete from ${at.engine.tables.mail} where id = ?`, [at.engine.id(id)])
    await claim(at)
    return id
  },
  async 'settle sent'(at) {
    const { id, one } = await claimed(at)
    await settleOnly(at, [settlingOf(one, 'accepted')])
    return id
  },
  async 'settle failed'(at) {
    const { id, one } = await claimed(at, { retry: { ...neverAgain } })
    await settleOnly(at, [settlingOf(one, 'deferred', { now: later })], later)
    return id
  },
  async 'settle suppressed'(at) {
    const { id } = await add(at, sensitive())
    await suppress(at, 'ada@example.com')
    await settleOnly(at, [settlingOf(await claimOne(at), 'accepted')])
    return id
  },
  async 'prove failed'(at) {
    const refusal = await refused(at)
    await at.store.refusals.note([refusal])
    await at.store.refusals.prove([refusal], { worker: 'w1', now: noon })
    return refusal.mailId
  },
  async 'rescue failed'(at) {
    const { id } = await claimed(at)
    await at.store.rescue(later, 1)
    return id
  },
  async 'expire failed'(at) {
    const { id } = await add(at, sensitive({ expiresAt: noon }))
    await at.store.expire(later, 10)
    return id
  },
  async 'cancel cancelled'(at) {
    const { id } = await add(at, sensitive())
    await at.store.act('cancel', { id: [id] }, noon)
    return id
  },
  async 'resolveArrived sent'(at) {
    const { id } = await inDoubt(at, { onUnknown: 'hold' })
    await at.store.resolve('arrived', { id: [id] }, { who: null, now: noon })
    return id
  },
  async 'resolveArrived failed'(at) {
    const { id } = await inDoubt(at, { to: ['ada@example.com', 'bob@example.com'] })
    await at.store.act('cancel', { id: [id] }, noon)
    await at.database.query(
      `update ${at.engine.tables.delivery} set state = 'failed', reason = 'expired' where mail_id = ?`,
      [at.engine.id(id)],
    )
    await at.database.query(
      `update ${at.engine.tables.recipient} set state = 'rejected' where mail_id = ? and seq = 1`,
      [at.engine.id(id)],
    )
    await at.store.resolve('arrived', { id: [id] }, { who: null, now: noon })
    return id
  },
  async 'forget sent'(at) {
    const { id, one } = await claimed(at, { to: ['ada@example.com', 'bob@example.com'] })
    await settleOnly(at, [acceptedBy(one, 'ada@example.com')])
    await at.store.forget('bob@example.com', noon)
    return id
  },
  async 'forget cancelled'(at) {
    const { id } = await add(at, sensitive())
    await at.store.forget('ada@example.com', noon)
    return id
  },
  async 'acceptLate sent'(at) {
    const { id, one } = await lost(at)
    await settleOnly(at, [settlingOf(one, 'accepted')])
    return id
  },
  async 'acceptLate failed'(at) {
    const { id, one } = await lost(at, { to: ['ada@example.com', 'bob@example.com'] })
    await at.database.query(
      `update ${at.engine.tables.recipient} set state = 'rejected' where mail_id = ? and seq = 1`,
      [at.engine.id(id)],
    )
    await settleOnly(at, [acceptedBy(one, 'ada@example.com')])
    return id
  },
}

const neverAgain = { first: 1, factor: 1, max: 1, jitter: 0, giveUpAfter: 1 }

function acceptedBy(one: Awaited<ReturnType<typeof claimOne>>, address: string) {
  const recipients = one.recipients.filter((recipient) => recipient.address === address)
  const all = settlingOf({ ...one, recipients }, 'accepted')
  const { state, reason } = settlingOf(one, 'deferred').settlement
  return { ...all, settlement: { ...all.settlement, state, reason, dropBody: false } }
}
