import type { Bench } from '../bench.ts'
import { djangoMailer } from '../peers/django-mailer.ts'
import { install } from '../peers/install.ts'
import { type Peer, type Rates, Skipped } from '../peers/peer.ts'
import { posthaste } from '../peers/posthaste.ts'
import { type Line, lineOf } from '../report.ts'
import { ratios } from '../support.ts'

type Measured = Record<string, Rates[]>

/** What somebody would use instead, in rounds interleaved with ours: each fills its queue, then drains it through Nodemailer or its own sender. */
export async function peers(bench: Bench): Promise<Line[]> {
  const ours = { ten: posthaste(10), forty: posthaste(40), late: posthaste(40, 'deliver') }
  const { found, skipped } = await theirs()
  const measured: Measured = {}
  try {
    for (let round = 0; round < bench.rounds; round++)
      for (const peer of [...Object.values(ours), ...found]) {
        measured[peer.name] ??= []
        measured[peer.name]?.push(await peer.round(bench))
      }
  } finally {
    for (const peer of found) await peer.close?.()
  }
  const of = (peer: Peer, what: (rates: Rates) => number) => (measured[peer.name] ?? []).map(what)
  const best = (what: (rates: Rates) => number) =>
    of(ours.ten, what).map((rate, round) =>
      Math.max(rate, ...[ours.forty, ours.late].map((one) => of(one, what)[round] ?? 0)),
    )
  return [
    ...Object.entries(measured).flatMap(([name, rates]) => [
      lineOf(`fill, ${name}`, rates.map(filled), { unit: 'mails/s' }),
      lineOf(`drain, ${name}`, rates.map(drained), { unit: 'mails/s' }),
    ]),
    ...found.flatMap((peer) => [
      lineOf(`drain, Posthaste at 10 ÷ ${peer.name}`, ratios(of(ours.ten, drained), of(peer, drained)), {
        unit: '×',
      }),
      lineOf(`drain, Posthaste at its best ÷ ${peer.name}`, ratios(best(drained), of(peer, drained)), {
        unit: '×',
      }),
      lineOf(`fill and drain, Posthaste at its best ÷ ${peer.name}`, ratios(best(both), of(peer, both)), {
        unit: '×',
      }),
    ]),
    ...skipped,
  ]
}

const filled = (rates: Rates) => rates.filled
const drained = (rates: Rates) => rates.drained
/** Mails a second where one is filled and then drained: who composes while filling is not ahead for it. */
const both = (rates: Rates) => 1 / (1 / rates.filled + 1 / rates.drained)

async function theirs(): Promise<{ found: Peer[]; skipped: Line[] }> {
  const versions = await install()
  const known: Record<string, () => Promise<Peer[]>> = {
    'graphile-worker': async () =>
      (await import('../peers/graphile-worker.ts')).graphileWorker(versions['graphile-worker'] ?? ''),
    'pg-boss': async () => (await import('../peers/pg-boss.ts')).pgBoss(versions['pg-boss'] ?? ''),
    BullMQ: async () => (await import('../peers/bullmq.ts')).bullmq(versions.bullmq ?? ''),
    'django-mailer': djangoMailer,
  }
  const found: Peer[] = []
  const skipped: Line[] = []
  for (const [name, open] of Object.entries(known))
    try {
      found.push(...(await open()))
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      skipped.push({ what: name, value: Number.NaN, unit: '', skipped: error.message })
    }
  return { found, skipped }
}
