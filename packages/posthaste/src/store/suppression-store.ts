import type { Page } from './stored-records.ts'

export interface Suppression {
  /** An address, or `@domain`. */
  readonly address: string
  /** '' is every stream. */
  readonly stream: string
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
  remove(address: string, stream: string): Promise<boolean>
  list(page: {
    limit: number
    after?: string | undefined
    match?: string | undefined
  }): Promise<Page<Suppression>>
  /** The entries that stop mail to this address in this stream now. */
  check(address: string, stream: string, now: number): Promise<Suppression[]>
  purgeExpired(now: number, limit: number): Promise<number>
}
