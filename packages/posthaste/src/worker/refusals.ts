import { answeredBy, decide } from '../brake.ts'
import { answersOf, type Outcome, type RecipientOutcome } from '../outcome.ts'
import { comparedDomain, comparedReply, originOf, proven, type Refusal, unprovenOf } from '../refusal.ts'
import type { Slots } from '../routing/slots.ts'
import type { Claim, Proven } from '../store/store.ts'
import { endBackoff } from './back-off.ts'
import { type Braking, beginBrake, giveCanaryBack, moveCanary } from './brakes.ts'
import type { WorkerContext } from './context.ts'
import type { Judged } from './deliver.ts'

/** Whether the refusals of an outcome are the mail's own. Costs a statement only where there are some that are not proven. */
export async function judgeRefusals(
  context: WorkerContext,
  mail: Braking,
  outcome: Outcome,
): Promise<Judged> {
  try {
    const answers = answersOf(outcome)
    if (answers.length === 0) {
      await giveCanaryBack(context, mail)
      return { outcome }
    }
    const accepted = answers.some(({ verdict }) => verdict === 'accepted')
    if (accepted) return { outcome: proven(outcome) }
    const refused = unprovenOf(outcome)
    if (refused.length > 0) return await judge(context, mail, { outcome, refused })
    return { outcome, ...(await keptBack(context, mail)) }
  } catch (error) {
    context.events.emit('error', error)
    return { outcome }
  }
}

async function judge(
  context: WorkerContext,
  { slots, claim }: Braking,
  { outcome, refused }: { outcome: Outcome; refused: readonly RecipientOutcome[] },
): Promise<Judged> {
  const { store, clock } = context
  const { name } = slots.transport
  const now = clock.now()
  const noted = refusalsOf(claim, refused, { transport: name, now })
  await store.refusals.note(noted)
  const known = slots.refusals
  known.update(await store.refusals.read(now, name))
  if (known.holding(originOf(claim)).length > 0)
    return { outcome, ...(await keptBack(context, { slots, claim })) }
  const decision = decide({
    waiting: known.waiting,
    mailId: claim.mailId,
    now,
    isProven: known.isProven,
    hasOthers: (scope, value) => hasOthers(context, slots, { scope, value }),
  })
  if (decision === 'final') return { outcome: proven(outcome) }
  if (decision === 'waits') return { outcome }
  await beginBrake(context, slots, { ...decision, reply: noted[0]?.reply ?? '' })
  return { outcome, ...(await keptBack(context, { slots, claim })) }
}

/** Nothing where no brake holds this mail. */
async function keptBack(context: WorkerContext, { slots, claim }: Braking): Promise<Pick<Judged, 'braked'>> {
  if (slots.refusals.brakes.length === 0) return {}
  const brakes = slots.refusals.holding(originOf(claim))
  return brakes.length > 0 ? { braked: await moveCanary(context, slots, brakes) } : {}
}

/** Has the transport mail of another stream or sender? Where a function routes, every stream may be its. */
function hasOthers(
  { intakes }: WorkerContext,
  slots: Slots,
  { scope, value }: { scope: 'stream' | 'sender'; value: string },
): boolean {
  const { streams = [] } = intakes.find(({ outlet }) => outlet === slots) ?? intakes[0] ?? {}
  return slots.refusals.hasOthers(scope, value) || (scope === 'stream' && streams.length > 1)
}

function refusalsOf(
  claim: Claim,
  refused: readonly RecipientOutcome[],
  { transport, now }: { transport: string; now: number },
): Refusal[] {
  return refused.flatMap(({ address, scope, reply }) => {
    const recipient = claim.recipients.find((one) => one.address === address)
    if (!recipient) return []
    return {
      ...originOf(claim),
      mailId: claim.mailId,
      seq: recipient.seq,
      transport,
      domain: comparedDomain(address),
      reply: comparedReply(reply ?? { text: '' }),
      isSenders: scope === 'sender',
      refusedAt: now,
    }
  })
}

/** What acceptances have answered since the last turn: brakes end, and refusals that waited are final. */
export async function answerRefusals(context: WorkerContext): Promise<void> {
  for (const slots of context.transports.all)
    if (slots.refusals.isAnswered)
      await answerOne(context, slots).catch((error: unknown) => context.events.emit('error', error))
}

async function answerOne(context: WorkerContext, slots: Slots): Promise<void> {
  const { store, clock, lease } = context
  const { name } = slots.transport
  const known = slots.refusals
  const now = clock.now()
  known.update(await store.refusals.read(now, name))
  const { ended, freed, proven } = answeredBy(known, known)
  for (const brake of ended) {
    await store.refusals.release(brake, now)
    if (brake.scope === 'transport') endBackoff(context, slots)
  }
  await store.refusals.free(freed, now)
  for (const mail of await store.refusals.prove(proven, { worker: lease.name, now })) failed(context, mail)
  known.update(await store.refusals.read(clock.now(), name))
}

function failed({ events, budget }: WorkerContext, { mailId, attempts, hasFailed, ...mail }: Proven): void {
  if (!hasFailed) return
  const { messageId, stream, tenant, reply } = mail
  budget.counts.failed++
  events.emit('failed', {
    ...{ id: mailId, messageId, stream, tenant, attempt: attempts },
    ...{ reason: 'rejected', reply: reply.text },
  })
}
