import { askApp } from '../../app-call.ts'
import { createTransport } from '../../transports/create-transport.ts'
import type { QueueParts } from '../queue-parts.ts'
import { type Finding, messageOf, note, ok, problem } from './finding.ts'

/** Connects to each transport's server and logs in. */
export async function checkTransports(parts: QueueParts): Promise<Finding[]> {
  const { transports, delivery } = parts.settings()
  const names = Object.keys(transports)
  const mode =
    delivery === 'live'
      ? []
      : [
          note(
            'delivery',
            delivery === 'capture'
              ? 'mail is captured, none is sent'
              : `mail is redirected to ${delivery.redirectTo}`,
            "Set `delivery: 'live'` in production.",
          ),
        ]
  if (names.length === 0 && delivery !== 'capture')
    return [
      problem(
        'transports',
        'none is configured',
        'Set `transports` in the configuration, or POSTHASTE_SMTP_URL.',
      ),
    ]
  return [...mode, ...(await Promise.all(names.map((name) => checkTransport(parts, name))))]
}

/** How long a transport, which may be the app's own, may take to say whether it works. Milliseconds. */
const patience = 60_000

async function checkTransport({ settings, clock }: QueueParts, name: string): Promise<Finding> {
  const check = `transport ${name}`
  try {
    const { transports, classify } = settings()
    const transport = createTransport(name, transports[name] ?? '', { clock, classify })
    await askApp(() => transport.verify().finally(() => transport.close()), { clock, ms: patience })
    return ok(check, 'the server answers, and lets us in')
  } catch (error) {
    return problem(check, messageOf(error), remedyFor(error))
  }
}

function remedyFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EAUTH') return 'Correct user and password of this transport.'
  if (code === 'ETLS') return 'Correct `secure`, port or certificate of this transport.'
  if (['ECONNECTION', 'ESOCKET', 'ECONNREFUSED', 'ETIMEDOUT', 'EDNS', 'ENOTFOUND'].includes(code))
    return 'Check host and port, and whether a firewall lets this machine out to them.'
  return 'Correct this transport in the configuration.'
}
