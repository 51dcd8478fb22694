import { onTestFinished } from 'vitest'
import { SystemClock } from '../../src/clock.ts'
import { createSmtpLane } from '../../src/transports/smtp/lane.ts'
import type { SmtpOptions } from '../../src/transports/smtp/options.ts'
import type { Transport } from '../../src/transports/transport.ts'
import { type SmtpScript, type SmtpServer, startSmtp } from './smtp.ts'

/** Closed when the test is finished, last opened first. */
export function closing<T extends { close(): unknown }>(one: T): T {
  onTestFinished(async () => void (await one.close()))
  return one
}

export function laneAt(port: number, options: SmtpOptions = {}): Transport {
  const smtp = options.url ? options : { host: '127.0.0.1', port, ...options }
  return closing(createSmtpLane({ name: 'main', smtp, clock: new SystemClock() }))
}

/** A scripted server and a lane to it. */
export async function laneTo(
  script?: SmtpScript,
  { extensions, ...options }: SmtpOptions & { extensions?: string[] } = {},
): Promise<{ smtp: SmtpServer; lane: Transport }> {
  const smtp = closing(
    await startSmtp({ ...(script && { reply: script }), ...(extensions && { extensions }) }),
  )
  return { smtp, lane: laneAt(smtp.port, options) }
}
