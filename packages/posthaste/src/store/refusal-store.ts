import type { Brake } from '../brake.ts'
import type { Reply } from '../outcome.ts'
import type { Refusal } from '../refusal.ts'

/** A mail of which a refusal was proven. */
export interface Proven {
  readonly mailId: string
  readonly messageId: string
  readonly stream: string
  readonly tenant: string | null
  readonly attempts: number
  /** No recipient of it is left to be asked. */
  readonly hasFailed: boolean
  readonly reply: Reply
}

export interface WaitingRefusals {
  /** Of mail that is not settled; the oldest thousand. */
  readonly waiting: readonly Refusal[]
  /** Those that are over, too. */
  readonly brakes: readonly Brake[]
}

/** Refusals that are not proven, and brakes. Not public API. */
export interface RefusalStore {
  /** Keeps those that are new: of each the first time counts. */
  note(refusals: readonly Refusal[]): Promise<void>
  /** Of one transport, or of all; without what a clock wrote that was far ahead. */
  read(now: number, transport?: string): Promise<WaitingRefusals>
  /** Makes them final in queued mail: their recipients are rejected. Mail without another pending recipient fails. */
  prove(
    refusals: readonly Refusal[],
    by: { readonly worker: string; readonly now: number },
  ): Promise<Proven[]>
  /** Forgotten, and their mail is due now. */
  free(refusals: readonly Refusal[], now: number): Promise<void>
  /** Begins a brake; false where it is on already. */
  brake(brake: Brake): Promise<boolean>
  /** True for one caller, until `until` or the next {@link RefusalStore.moveCanary}: it may send the canary. */
  takeCanary(brake: Brake, times: { readonly now: number; readonly until: number }): Promise<boolean>
  /** The canary was not accepted: when the next may go. */
  moveCanary(brake: Brake, canaryAt: number): Promise<void>
  /** Ends it; false where it was over. */
  release(brake: Brake, now: number): Promise<boolean>
}
