import { peek } from '../../foreign.ts'
import { addressKey } from '../../mail/address-key.ts'
import type { Dispatch } from '../transport.ts'
import type { ClassifyHook } from './classify-hook.ts'

/** How far a mail had come when it failed. */
export interface Progress {
  /** The body was asked for and allowed: a connection that breaks from here on broke at this mail. */
  readonly begun: boolean
  /** The whole body may be with the server: without a reply the outcome is unknown. `guess`: the kind of error tells. */
  readonly handedOver: boolean | 'guess'
  /** Errors of recipients that the server refused by themselves; Nodemailer names each in `recipient`. */
  readonly refusals: readonly unknown[]
  /** The send resolved, and the error stood in what it resolved with. */
  readonly resolved?: boolean
}

/** Nothing of the mail has been spoken of. */
export const untouched: Progress = { begun: false, handedOver: false, refusals: [] }

export interface Reading {
  readonly dispatch: Dispatch
  readonly progress: Progress
  readonly hook?: ClassifyHook | undefined
}

/** Finds an address as the dispatch spells it, for servers and libraries that change its case or give it as an object. */
export function addressOf({ envelope }: Dispatch): (recipient: unknown) => string | undefined {
  const exact = new Set(envelope.to)
  let byKey: Map<string, string> | undefined
  return (recipient) => {
    const name =
      typeof recipient === 'string' ? recipient : (peek(recipient, 'address') ?? peek(recipient, 'email'))
    if (typeof name !== 'string') return undefined
    if (exact.has(name)) return name
    byKey ??= new Map(envelope.to.map((address) => [addressKey(address) ?? address, address]))
    return byKey.get(addressKey(name) ?? name)
  }
}
