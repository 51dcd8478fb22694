/** What an engine's errors mean. Codes of different engines never collide, so that each question asks all lists. */
export interface EngineErrors {
  /** The transaction was broken off and nothing of it has happened: the same again may succeed. */
  readonly retryable: ReadonlySet<string>
  /** Another connection writes. */
  readonly busy: ReadonlySet<string>
  /** The server could not be asked at all. */
  readonly unreachable: ReadonlySet<string>
  /** Drivers that say the same without a code. */
  readonly unreachableWords: RegExp
  readonly missingTable: ReadonlySet<string>
  /** The table or index that a statement makes is there. */
  readonly alreadyThere: ReadonlySet<string>
  /** The code of a driver that tells numbers. */
  codeOfNumber?(number: number): string
}
