import type { SendMailOptions } from 'nodemailer'
import { PosthasteError } from '../errors.ts'
import { addressKey, domainKey, fold, separatorOf } from '../mail/address-key.ts'
import { parseMailboxes } from '../mail/addresses.ts'
import { entryKey } from '../mail/entry-key.ts'
import type { Outcome } from '../outcome.ts'
import { prepend } from './prepend.ts'
import { type Redirection, redirectMessage } from './redirect-message.ts'
import type { Dispatch, Envelope, Transport } from './transport.ts'

export interface Redirect {
  /** The one address that gets every mail. */
  readonly redirectTo: string
  /** Recipients who get theirs all the same: addresses, domains (`@example.com`), or globs (`*@*.example.com`). @default none */
  readonly allow?: readonly string[] | undefined
}

/**
 * Sends every mail to one address, cc and bcc included. Its own recipients stay in `X-Posthaste-Original-To`, and the outcome
 * speaks of the original recipients.
 *
 * @throws {PH_CONFIG} when `redirectTo` is not one address
 */
export function createRedirect(transport: Transport, options: Redirect): Transport {
  const redirect = redirection(options)
  return {
    name: transport.name,
    maxConnections: transport.maxConnections,
    deliver: async (dispatch, signal) => {
      const outcome = await transport.deliver(redirected(dispatch, redirect), signal)
      return outcomeForOriginals(outcome, dispatch, redirect)
    },
    verify: () => transport.verify(),
    close: () => transport.close(),
  }
}

function redirection({ redirectTo, allow = [] }: Redirect): Redirection {
  const [target, ...others] = parseMailboxes(redirectTo, 'delivery.redirectTo')
  if (!target || others.length > 0)
    throw new PosthasteError('PH_CONFIG', 'delivery.redirectTo must be one address')
  const allowed = allow.map(allowing)
  return (address) => {
    const key = addressKey(address)
    return key !== undefined && allowed.some((allows) => allows(key)) ? address : target.address
  }
}

/** `@domain` and `domain` mean every address there; `*` is any run of characters. */
function allowing(text: string): (key: string) => boolean {
  const exact = text.includes('*') ? undefined : entryKey(text.includes('@') ? text : `@${text}`)
  if (exact?.startsWith('@')) return (key) => key.slice(separatorOf(key)) === exact
  if (exact !== undefined) return (key) => key === exact
  const glob = pattern(text.startsWith('@') ? `*${text}` : text.includes('@') ? text : `*@${text}`)
  return (key) => glob.test(key)
}

function pattern(glob: string): RegExp {
  const at = separatorOf(glob)
  const labels = glob.slice(at + 1).split('.')
  const domain = labels.map((label) => (label.includes('*') ? fold(label) : (domainKey(label) ?? label)))
  const parts = `${fold(glob.slice(0, at))}@${domain.join('.')}`.split('*')
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^@]*')}$`)
}

function redirected(dispatch: Dispatch, redirect: Redirection): Dispatch {
  const { envelope } = dispatch
  const untouched = envelope.to.every((address) => redirect(address) === address)
  const header = untouched ? '' : `X-Posthaste-Original-To: ${foldAddresses(envelope.to)}\r\n`
  return {
    ...facts(dispatch),
    envelope: untouched ? envelope : redirectedEnvelope(envelope, redirect, Buffer.byteLength(header)),
    mime: async () => prepend(header, await dispatch.mime()),
    message: () => safeMessage(dispatch, redirect),
    mayBegin: () => dispatch.mayBegin(),
  }
}

function facts({
  id,
  messageId,
  stream,
  tenant,
  attempt,
}: Dispatch): Pick<Dispatch, 'id' | 'messageId' | 'stream' | 'tenant' | 'attempt'> {
  return { id, messageId, stream, tenant, attempt }
}

// DSN's orcpt would name the real person in a delivery notification.
function redirectedEnvelope(
  { dsn: _, size, ...rest }: Envelope,
  redirect: Redirection,
  added: number,
): Envelope {
  return { ...rest, to: [...new Set(rest.to.map(redirect))], ...(size && { size: size + added }) }
}

async function safeMessage(dispatch: Dispatch, redirect: Redirection): Promise<SendMailOptions> {
  return redirectMessage(await dispatch.message(), { redirect, originals: dispatch.envelope.to })
}

function foldAddresses(addresses: readonly string[]): string {
  return addresses.map((address) => address.replace(/[\r\n]+/g, ' ')).join(',\r\n ')
}

function outcomeForOriginals(outcome: Outcome, { envelope }: Dispatch, redirect: Redirection): Outcome {
  if (outcome.type !== 'answered') return outcome
  const byAddress = new Map(outcome.recipients.map((recipient) => [recipient.address, recipient]))
  const recipients = envelope.to.flatMap((address) => {
    const recipient = byAddress.get(redirect(address))
    return recipient ? [{ ...recipient, address }] : []
  })
  return { ...outcome, recipients }
}
