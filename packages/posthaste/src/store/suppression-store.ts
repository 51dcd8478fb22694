import type { Page } from './stored-records.ts'

/** Which mail. Of an entry: '' is every stream, or every tenant. */
export interface Scope {
  readonly stream: string
  readonly tenant: string
}

export interface Suppression extends Scope {
  /** An address, or `@domain`. */
  readonly address: string
  readonly reason: string
  readonly origin: string
  readonly note: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
}

export interface SuppressionStore {
  /** Adds or replaces; tells whether it is new. */
  add(suppression: Suppression): Promise<boolean>
  addMany(suppressions: readonly Suppression[]): Promise<number>
  remove(address: string, scope: Scope): Promise<boolean>
  list(page: {
    limit: number
    after?: string | undefined
    match?: string | undefined
  }): Promise<Page<Suppression>>
  /** The entries that stop mail of this stream and tenant to this address now. */
  check(address: string, asked: Scope & { readonly now: number }): Promise<Suppression[]>
  purgeExpired(now: number, limit: number): Promise<number>
}
