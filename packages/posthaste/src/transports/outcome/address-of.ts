import { peek } from '../../foreign.ts'
import type { Dispatch } from '../transport.ts'

/** Finds an address as the dispatch spells it, for servers and libraries that change its case or give it as an object. */
export function addressOf({ envelope }: Dispatch): (recipient: unknown) => string | undefined {
  const exact = new Set(envelope.to)
  let folded: Map<string, string> | undefined
  return (recipient) => {
    const name =
      typeof recipient === 'string' ? recipient : (peek(recipient, 'address') ?? peek(recipient, 'email'))
    if (typeof name !== 'string') return undefined
    if (exact.has(name)) return name
    folded ??= new Map(envelope.to.map((address) => [address.toLowerCase(), address]))
    return folded.get(name.toLowerCase().trim())
  }
}
