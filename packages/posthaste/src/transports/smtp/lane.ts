import type { Clock } from '../../clock.ts'
import { textIn } from '../../foreign.ts'
import type { Outcome } from '../../outcome.ts'
import { classifyConnecting } from '../outcome/classify.ts'
import type { ClassifyHook } from '../outcome/classify-hook.ts'
import { factsOf } from '../outcome/facts.ts'
import { abortedOutcome, acceptedOutcome, failedOutcome } from '../outcome/outcome-of.ts'
import { untouched } from '../outcome/reading.ts'
import type { Dispatch, Transport } from '../transport.ts'
import { checkServer } from './check-server.ts'
import { type Connection, connect, isUsable, quit } from './connection.ts'
import { Deadline } from './deadline.ts'
import type { SmtpOptions } from './options.ts'
import { ConnectionPool } from './pool.ts'
import { type Sent, send } from './send.ts'
import { type Server, smtpServer } from './server.ts'
import { dkimSigner, type Signer } from './sign.ts'

export interface SmtpLaneOptions {
  readonly name: string
  readonly smtp: SmtpOptions
  readonly clock: Clock
  readonly classify?: ClassifyHook | undefined
}

/**
 * Streams rendered MIME over kept SMTP connections: one login a connection, many mails on each. Connects at the first mail.
 *
 * @throws {PH_CONFIG} when the options name no server, or a number is none
 */
export function createSmtpLane({ name, smtp, clock, classify }: SmtpLaneOptions): Transport {
  const server = smtpServer(smtp)
  checkServer(name, server.options)
  const pool = new ConnectionPool(server, clock)
  const { dkim } = server.options
  const lane: Lane = { server, pool, hook: classify, ...(dkim && { sign: dkimSigner(name, dkim) }) }
  return {
    name,
    maxConnections: server.options.maxConnections,
    deliver: (dispatch, signal) => deliver(lane, dispatch, signal),
    verify: async () => quit(await connect(server, new AbortController().signal)),
    close: () => pool.close(),
  }
}

interface Lane {
  readonly server: Server
  readonly pool: ConnectionPool
  readonly hook: ClassifyHook | undefined
  readonly sign?: Signer
}

/** Signed before a connection is taken, for a large mail takes its time. */
async function deliver(lane: Lane, dispatch: Dispatch, signal: AbortSignal): Promise<Outcome> {
  if (!lane.sign) return deliverSigned(lane, dispatch, signal)
  const signing = await settled(lane.sign(dispatch, signal))
  if ('value' in signing) return deliverSigned(lane, signing.value, signal)
  if (signal.aborted) return abortedOutcome('EABORT')
  return failedOutcome(signing.failure, { dispatch, progress: untouched, hook: lane.hook })
}

async function deliverSigned(lane: Lane, dispatch: Dispatch, signal: AbortSignal): Promise<Outcome> {
  for (;;) {
    if (signal.aborted || lane.pool.closed) return abortedOutcome(signal.aborted ? 'EABORT' : 'PH_CLOSED')
    const connection = await take(lane, dispatch, signal)
    if (!('smtp' in connection)) return signal.aborted ? abortedOutcome('EABORT') : connection
    const outcome = await deliverOn(connection, dispatch, { lane, signal })
    if (outcome) return outcome
  }
}

async function take(
  { pool }: Lane,
  { envelope }: Dispatch,
  signal: AbortSignal,
): Promise<Connection | Outcome> {
  try {
    return await pool.take(signal, envelope.from)
  } catch (error) {
    return classifyConnecting(error)
  }
}

/** Undefined: the server had closed this kept connection while it was idle, nothing was sent, and another will do. */
async function deliverOn(
  connection: Connection,
  dispatch: Dispatch,
  { lane, signal }: { lane: Lane; signal: AbortSignal },
) {
  const content = await settled(dispatch.mime())
  if ('failure' in content) {
    lane.pool.give(connection)
    return failedOutcome(content.failure, { dispatch, progress: untouched, hook: lane.hook })
  }
  const sent = await send(connection, dispatch, {
    content: content.value,
    options: lane.server.options,
    signal,
  })
  const reused = connection.sent++ > 0
  const stale = reused && isStale(connection, sent) && !signal.aborted
  release(lane, connection, sent)
  return stale ? undefined : outcomeOf(sent, dispatch, { lane, connection, signal })
}

async function settled<T>(work: Promise<T>): Promise<{ value: T } | { failure: unknown }> {
  try {
    return { value: await work }
  } catch (failure) {
    return { failure }
  }
}

function outcomeOf(
  sent: Sent,
  dispatch: Dispatch,
  { lane, connection, signal }: { lane: Lane; connection: Connection; signal: AbortSignal },
) {
  const { refusals, asked: begun, handedOver, info, error } = sent
  const { remote, tls } = connection
  const serverMessageId = textIn(info?.serverMessageId, 255)
  const place = {
    remote,
    ...(tls && { tls }),
    ...(serverMessageId && { serverMessageId }),
  }
  if (sent.refused) return { ...abortedOutcome(), ...place }
  if (signal.aborted && error && !handedOver) return { ...abortedOutcome('EABORT'), ...place }
  const outcome = info
    ? acceptedOutcome(info.response, { dispatch, refusals, hook: lane.hook })
    : failedOutcome(error, { dispatch, progress: { refusals, begun, handedOver }, hook: lane.hook })
  return { ...outcome, ...place }
}

// Before the body was asked for, a broken connection or a goodbye (421) has only shown that it had been idle too long.
function isStale(connection: Connection, { error, asked, late }: Sent): boolean {
  return (
    error !== undefined &&
    !asked &&
    !late &&
    !isUsable(connection) &&
    ((error as { responseCode?: number }).responseCode ?? 421) === 421
  )
}

// After a refusal the session is reset and kept, as RFC 5321 §4.1.1.5 has it; the outcome does not wait for that.
function release({ pool, server }: Lane, connection: Connection, sent: Sent): void {
  if (!sent.error) pool.give(connection)
  else if (isInStep(connection, sent)) reset(pool, connection, server.options.socketTimeout)
  else pool.drop(connection)
}

// A body that was begun must end or break with its connection; after garbage, replies may belong to anything.
function isInStep(connection: Connection, { error, refused, asked, handedOver }: Sent): boolean {
  const { answered, smtp = 0 } = factsOf(error)
  const understood = !answered || smtp >= 400
  return isUsable(connection) && understood && !refused && (!asked || handedOver)
}

/** Slowly answered, it would keep its place from mail that waits for one. */
function reset(pool: ConnectionPool, connection: Connection, ms: number): void {
  const { smtp } = connection
  let isDone = false
  const done = (failure?: unknown) => {
    if (isDone) return
    isDone = true
    deadline.end()
    smtp.off('end', broken)
    if (failure) pool.drop(connection)
    else pool.give(connection)
  }
  const broken = () => done(true)
  const deadline = new Deadline(broken)
  deadline.begin({ ms, what: 'RSET' })
  smtp.once('end', broken)
  smtp.reset(done)
}
