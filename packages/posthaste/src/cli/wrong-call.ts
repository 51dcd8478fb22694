/** The command line was called wrongly: exit code 2. */
export class WrongCall extends Error {
  override readonly name = 'WrongCall'
  readonly code = 'USAGE'
}
