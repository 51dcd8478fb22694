/** A mutant that no test can kill, for it does the same. Each must be there, and survive: what is said of it here must stay true. */
export interface Equivalent {
  readonly file: string
  /** Its line, or a part that tells it from others. */
  readonly line: string
  readonly from: string
  readonly to: string
  readonly reason: string
}

export const equivalents: readonly Equivalent[] = []
