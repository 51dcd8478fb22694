import { askApp } from '../../app-call.ts'
import type { FaultKind } from '../../outcome.ts'
import { createTransport } from '../../transports/create-transport.ts'
import { classify } from '../../transports/outcome/classify.ts'
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
    const { transports, classify: hook } = settings()
    const transport = createTransport(name, transports[name] ?? '', { clock, classify: hook })
    await askApp(() => transport.verify().finally(() => transport.close()), { clock, ms: patience })
    return ok(check, 'the server answers, and lets us in')
  } catch (error) {
    return problem(check, messageOf(error), remedyFor(error))
  }
}

const remedies: Readonly<Record<FaultKind, string>> = {
  connection: 'Check host and port, and whether a firewall lets this machine out to them.',
  authentication: 'Correct user and password of this transport.',
  tls: 'Correct `secure`, port or certificate of this transport.',
  throttled: 'The server answers, and wants fewer connections or mails: look again later.',
  account: 'Mend the account at the provider.',
  configuration: 'Correct this transport in the configuration.',
  worker: 'Mend this machine: room on the disk, memory, file descriptors, files that it may not use.',
}

/** As a worker judges it. What says nothing of a server is a mistake in the configuration. */
function remedyFor(error: unknown): string {
  return remedies[classify(error).fault?.kind ?? 'configuration']
}
