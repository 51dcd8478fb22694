import type { Worker } from '../../src/index.ts'
import { seedOthers } from '../support/edited-rows.ts'
import { until } from '../support/wait.ts'
import { audit, type Put, wrongDiagnosis, wrongHealth } from './books.ts'
import { type Dice, diceOf } from './dice.ts'
import { editAnything, editSurely, type Victim } from './edits.ts'
import { editedItem, goodItem, type Item, wickedItem } from './post.ts'
import { type Scene, shared, wicked } from './scene.ts'
import { aside, type Ticks } from './ticks.ts'

export interface Round {
  readonly seed: number
  readonly round: number
  /** Mails. */
  readonly size: number
  readonly ticks: Ticks
  /** What a worker said of trouble that is not a mail's. */
  readonly errors: Map<string, number>
}

export interface Played {
  readonly kind: string
  readonly mails: number
  readonly good: number
  readonly wrong: readonly string[]
}

/** One round in five has good mail share its transport with wicked mail. */
export async function playRound(scene: Scene, round: Round): Promise<Played> {
  const dice = diceOf(round.seed, 'round', round.round)
  Object.assign(scene.behaviour, { seed: round.seed * 1_000_003 + round.round, mayHang: 0 })
  for (const server of Object.values(scene.servers)) server.sick = 0
  const isShared = round.round % 5 === 2
  const { put, mails, wrong } = isShared
    ? await sharedRound(scene, round, dice)
    : await apartRound(scene, round, dice)
  round.ticks.during = ''
  wrong.push(...(await audit(scene, put)))
  await scene.clear()
  return { kind: isShared ? 'shared' : 'apart', mails, good: put.good.size, wrong }
}

interface Course {
  readonly put: Put
  readonly mails: number
  readonly wrong: string[]
}

/** Good mail has a transport of its own, which it shares with mail whose rows are edited. */
async function apartRound(scene: Scene, round: Round, dice: Dice): Promise<Course> {
  const { mail, parts } = scene
  for (const [name, server] of Object.entries(scene.servers))
    server.sick = shared.includes(name) ? 0 : dice.below(40)
  scene.behaviour.mayHang = 6
  const edited = Math.ceil(round.size * 0.05)
  const plan = { good: Math.ceil(round.size * 0.85), wicked: Math.floor(round.size * 0.1), edited }
  const stored = await enqueue(scene, round, dice, { ...plan, streams: wicked, goodStreams: ['default'] })
  const withOthers = dice.chance(0.3)
  if (withOthers) await seedOthers(parts)
  const unreadable = new Set<string>()
  for (const victim of stored.victims.filter((_, index) => index % 3 === 0))
    if (await editSurely(scene, dice, victim)) unreadable.add(victim.id)
  for (const victim of stored.victims.filter((_, index) => index % 3 === 1))
    await editAnything(scene, dice, victim)
  const put: Put = { ...stored, unreadable, withOthers }
  const worker = mail.worker({ lease: '1d', pollInterval: '200ms', stopWithin: '300ms' })
  const sent = listen(worker, round, put)
  round.ticks.during = 'the worker'
  await worker.start()
  for (const victim of stored.victims.filter((_, index) => index % 3 === 2))
    await editAnything(scene, dice, victim)
  const wrong = await allSent(sent, put.good.size)
  wrong.push(...wrongHealth(await mail.health(), put))
  if (dice.chance(0.2)) wrong.push(...(await wrongDiagnosis(scene)))
  await worker.stop()
  // A pass waits for all that it has begun.
  scene.behaviour.mayHang = 0
  wrong.push(...(await passes(scene, round, { atMost: 3, isOver: () => false })))
  return { put, mails: stored.mails, wrong }
}

/** Good mail and wicked mail have one transport: what is good has gone in the end. */
async function sharedRound(scene: Scene, round: Round, dice: Dice): Promise<Course> {
  const { arrivals, servers } = scene
  for (const name of shared) if (servers[name]) servers[name].sick = dice.below(8)
  const plan = { good: 90, wicked: 30, edited: 0, streams: shared, goodStreams: shared }
  const stored = await enqueue(scene, round, dice, plan)
  const put: Put = { ...stored, unreadable: new Set(), withOthers: false }
  const isOver = () => [...put.good.values()].every((address) => arrivals.has(address))
  const wrong = await passes(scene, round, { atMost: 200, isOver })
  return { put, mails: stored.mails, wrong }
}

interface Plan {
  readonly good: number
  readonly wicked: number
  readonly edited: number
  /** Of wicked mail. */
  readonly streams: readonly string[]
  readonly goodStreams: readonly string[]
}

async function enqueue(
  { mail }: Scene,
  { seed, round, ticks }: Round,
  dice: Dice,
  plan: Plan,
): Promise<Pick<Put, 'good' | 'victims'> & { mails: number }> {
  ticks.during = 'enqueueMany'
  const which = (number: number, streams: readonly string[]) => ({
    ...{ seed, round, number },
    stream: dice.pick(streams),
  })
  const contents = await Promise.all(
    Array.from({ length: plan.edited }, () => mail.attachments.put(Buffer.from(`attached ${dice.roll()}`))),
  )
  const items: { kind: 'good' | 'wicked' | 'edited'; item: Item; content?: string }[] = aside(() => [
    ...numbers(plan.good, (n) => ({ kind: 'good', item: goodItem(which(n, plan.goodStreams)) }) as const),
    ...numbers(plan.wicked, (n) => ({ kind: 'wicked', item: wickedItem(which(n, plan.streams)) }) as const),
    ...contents.map((stored, n) => {
      const item = editedItem(which(plan.wicked + n, ['default']), stored)
      return { kind: 'edited', item, content: stored.posthasteContent } as const
    }),
  ])
  const shuffled = items
    .map((one) => ({ one, order: dice.roll() }))
    .sort((a, b) => a.order - b.order)
    .map(({ one }) => one)
  const { results } = await mail.enqueueMany(
    shuffled.map(({ item }) => item),
    { chunk: dice.pick([10, 50, 100]) },
  )
  const good = new Map<string, string>()
  const victims: Victim[] = []
  for (const [index, { kind, item, content }] of shuffled.entries()) {
    const id = results[index]?.id ?? ''
    if (kind === 'good') good.set(id, String(item.mail.to))
    if (kind === 'edited') victims.push({ id, content: content ?? '', edits: [] })
  }
  return { good, victims, mails: items.length }
}

function numbers<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** The good mail that was sent, as it is. */
function listen(worker: Worker, { errors }: Round, { good }: Put): Set<string> {
  const sent = new Set<string>()
  worker.on('sent', ({ id }) => void (good.has(id) && sent.add(id)))
  worker.on('error', (error) => {
    const text = String(error).slice(0, 160)
    errors.set(text, (errors.get(text) ?? 0) + 1)
  })
  return sent
}

/** A busy machine is slow; what stands still for a minute is wrong. */
async function allSent(sent: ReadonlySet<string>, count: number): Promise<string[]> {
  try {
    while (sent.size < count) {
      const before = sent.size
      await until(() => sent.size > before, { timeout: 60_000, what: 'one more good mail is sent' })
    }
    return []
  } catch {
    return [`good mail waits: ${sent.size} of ${count} were sent, and no more for a minute`]
  }
}

/** Passes, each when the time of every back-off is over and what was deferred is due; gives what went wrong. */
async function passes(
  { mail, clock }: Scene,
  { ticks }: Round,
  { atMost, isOver }: { atMost: number; isOver: () => boolean },
): Promise<string[]> {
  ticks.during = 'deliverDue'
  for (let pass = 0; pass < atMost && !isOver(); pass++) {
    const { at, backingOff } = await mail.health()
    const waits = backingOff.map(({ until }) => (until?.getTime() ?? 0) - at.getTime())
    clock.turn(Math.min(longestWait, Math.max(61_000, ...waits) + 1))
    const signal = AbortSignal.timeout(240_000)
    await mail.deliverDue({ signal })
    if (signal.aborted) return ['a pass does not come to its end']
  }
  return []
}

/** Nothing that a server asks for lasts longer. Milliseconds. */
const longestWait = 25 * 3_600_000
