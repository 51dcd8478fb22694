import { types } from 'node:util'
import { shortName } from './show.ts'

export type RefusalKind = 'unknown' | 'invalid'

/** What a reader throws: what is wrong with a value and, filled in on the way out, where it stands. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly kind: RefusalKind
  #path = ''

  constructor(detail: string, kind: RefusalKind = 'invalid', options?: ErrorOptions) {
    super(detail, options)
    this.kind = kind
  }

  get path(): string {
    return this.#path
  }

  /** Puts the name of the surrounding option, or the index in a list, before the path. */
  prefix(step: string | number): this {
    const own = typeof step === 'number' ? `[${step}]` : shortName(step)
    const joint = this.#path === '' || this.#path.startsWith('[') ? '' : '.'
    this.#path = `${own}${joint}${this.#path}`
    return this
  }
}

/** Getters and proxies throw anything: what is no refusal of ours becomes one, and is never printed. */
export function asRefusal(thrown: unknown): Refusal {
  if (types.isNativeError(thrown) && thrown instanceof Refusal) return thrown
  const cause = types.isNativeError(thrown) ? { cause: thrown } : undefined
  return new Refusal('cannot be read: reading it threw an error', 'invalid', cause)
}
