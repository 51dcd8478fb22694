import { PosthasteError } from '../errors.ts'
import { has } from './transaction-handle.ts'

/**
 * Drivers over HTTP: they hold no transaction open, or answer in none of the ways that the queue could wait for.
 *
 * @throws {PH_DRIVER_UNSUPPORTED}
 */
export function refuseUnsupported(value: object): undefined {
  const found = drivers.find(({ is }) => is(value))
  if (found) throw new PosthasteError('PH_DRIVER_UNSUPPORTED', found.name)
}

const drivers: readonly { readonly name: string; is(value: object): boolean }[] = [
  {
    name: "Neon's sql over HTTP, whose transaction([…]) takes statements",
    is: (value) => typeof value === 'function' && has(value, 'query', 'unsafe', 'transaction'),
  },
  {
    name: 'a transaction of @planetscale/database',
    is: (value) => has(value, 'conn', 'execute') && has(Object(value.conn), 'createSession', 'refresh'),
  },
  {
    name: 'a connection of @planetscale/database',
    is: (value) =>
      has(value, 'execute', 'transaction', 'config') && ('createSession' in value || 'connection' in value),
  },
]
