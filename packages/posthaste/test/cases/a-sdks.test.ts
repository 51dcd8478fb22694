import { describe, expect, test } from 'vitest'
import { SystemClock } from '../../src/clock.ts'
import { peek } from '../../src/foreign.ts'
import { answersOf, faultOf, type Outcome } from '../../src/outcome.ts'
import { MailQueue } from '../../src/queue/mail-queue.ts'
import { createTransport, type TransportConfig } from '../../src/transports/create-transport.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'
import { type Api, type ApiAnswer, startApi } from '../support/providers/api.ts'
import { asTransport, type SdkCase, sdkCases } from '../support/providers/sdk-cases.ts'
import { type SdkName, transporterOf, transportOf, type Where } from '../support/providers/sdks.ts'

const forms: Record<string, (name: SdkName, where: Where) => TransportConfig> = {
  transporter: transporterOf,
  transport: transportOf,
}

describe.each(Object.keys(sdkCases) as SdkName[])('A4, A7, A8, A11, A12, A13: the SDK of %s', (name) => {
  test.each(Object.keys(forms))('as a %s', async (form) => {
    const cases = Object.entries(sdkCases[name])
    const expected = cases.map(([scenario, [, meaning]]) => {
      const means = (form === 'transport' && asTransport[scenario]) || meaning
      return [scenario, `${means}: ${effectOf(means)}`]
    })
    const found = await deliverEach({ name, form, cases })
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  })
})

interface Run {
  readonly name: SdkName
  readonly form: string
  readonly cases: readonly (readonly [scenario: string, SdkCase])[]
}

interface Way {
  readonly scenario: string
  /** Of its transport, and of the stream that uses it. */
  readonly name: string
  readonly api: Api
  /** What the API said in words of a mail that it did not take. */
  readonly reason: string
  readonly outcomes: Outcome[]
  readonly transport: Transport
}

/** Sends a mail for each case, by a transport and to an API of its own, and says what came of it. */
async function deliverEach({ name, form, cases }: Run): Promise<[scenario: string, came: string][]> {
  const { url: database, drop } = await freshDatabase('sqlite')
  const ways = await Promise.all(cases.map((one, index) => openWay({ name, form, one, index })))
  const transports = Object.fromEntries(ways.map((way) => [way.name, way.transport]))
  const own = ways.map((way) => [way.name, { transport: way.name }] as const)
  const streams = Object.fromEntries([...own, ['default', { transport: 'way-0' }]])
  const mail = new MailQueue({ database, transports, streams })
  await mail.migrate()
  for (const way of ways) await mail.enqueue(letter('ada@example.com'), { stream: way.name })
  await mail.deliverDue()
  const came = await Promise.all(
    ways.map(async (way): Promise<[string, string]> => [way.scenario, await whatCame(mail, way)]),
  )
  await mail.close()
  await drop()
  await Promise.all(ways.map(({ api }) => api[Symbol.asyncDispose]()))
  return came
}

async function openWay({
  name,
  form,
  one,
  index,
}: Omit<Run, 'cases'> & { one: Run['cases'][number]; index: number }): Promise<Way> {
  const [scenario, [answer, meaning]] = one
  const api = await startApi([answer].flat() as ApiAnswer[])
  const outcomes: Outcome[] = []
  const patience = answer === 'silence' ? 300 : 10_000
  const config = forms[form]?.(name, { url: api.url, patience }) ?? ''
  const reason = meaning === 'accepted' ? '' : reasonIn([answer].flat().at(-1) as ApiAnswer)
  return { scenario, name: `way-${index}`, api, reason, outcomes, transport: heard(config, outcomes) }
}

/** The transport that the queue makes of the configuration, with an ear at what it says. */
function heard(config: TransportConfig, outcomes: Outcome[]): Transport {
  const transport = createTransport('heard', config, { clock: new SystemClock() })
  return {
    ...transport,
    async deliver(dispatch, signal) {
      const outcome = await transport.deliver(dispatch, signal)
      outcomes.push(outcome)
      return outcome
    },
  }
}

/** The outcome, what the queue made of it, and whether the SDK asked more than once. */
async function whatCame(mail: MailQueue, { name, api, reason, outcomes }: Way): Promise<string> {
  const [found] = (await mail.find({ stream: name })).items
  const state = (await mail.transports.list()).find((transport) => transport.name === name)?.state
  const effects = [
    found?.state,
    found?.reason,
    found?.unknowns && 'in doubt',
    !outcomes.every((outcome) => tells(outcome, reason)) && `without its reason, ${reason}`,
    state === 'backing-off' && 'backing off',
    api.requests.filter(({ method }) => method === 'POST').length > 1 && 'asked again by the SDK',
  ]
  return `${outcomes.map(inWords).join(', then ')}: ${effects.filter(Boolean).join(', ')}`
}

function inWords(outcome: Outcome): string {
  const [answer] = answersOf(outcome)
  const fault = faultOf(outcome)
  const wait = fault?.retryAfter && `after ${fault.retryAfter / 1_000} s`
  const words = [answer?.verdict, answer?.scope, answer?.proven && 'proven', fault && `fault:${fault.kind}`]
  return [...words, wait].filter(Boolean).join(' ')
}

function reasonIn(answer: ApiAnswer): string {
  const paths = [['message'], ['Message'], ['errors', 0, 'message'], ['error', 'message'], ['error']]
  const words = paths.map((path) => peek(answer, 'body', ...path)).find((one) => typeof one === 'string')
  return String(words ?? '')
}

function tells(outcome: Outcome, reason: string): boolean {
  return 'reply' in outcome && (outcome.reply?.text.includes(reason) ?? false)
}

/** What the queue does: only a proven refusal ends a mail, only the transport's fault stops the others. */
function effectOf(meaning: string): string {
  if (meaning === 'accepted') return 'sent'
  if (meaning.endsWith('proven')) return 'failed, rejected'
  if (meaning.startsWith('unknown')) return 'queued, in doubt'
  return meaning.startsWith('deferred transport') ? 'queued, backing off' : 'queued'
}
