import { weakMapAcrossCopies } from '../across-copies.ts'

type Lines = WeakMap<object, Promise<unknown>>

const calls: Lines = weakMapAcrossCopies('calls 1')
const statements: Lines = weakMapAcrossCopies('statements 1')

/** Runs work on a connection after what was asked of it before. Where nothing waits it begins at once, before anything is awaited. */
export function serializeCalls<T>(key: object, work: () => Promise<T>): Promise<T> {
  return follow(calls, key, work)
}

/** The same for single statements: drivers give up taking one while another is under way. */
export function serializeStatements<T>(key: object, statement: () => Promise<T>): Promise<T> {
  return follow(statements, key, statement)
}

/** Is a statement of ours under way on this connection? */
export function hasStatementInFlight(key: object): boolean {
  return statements.has(key)
}

/** Would work, or a statement, have to wait? */
export function isBusy(key: object): boolean {
  return calls.has(key) || statements.has(key)
}

function follow<T>(lines: Lines, key: object, work: () => Promise<T>): Promise<T> {
  const before = lines.get(key)
  const mine = before ? before.then(work) : work()
  const settled = mine.then(
    () => {},
    () => {},
  )
  lines.set(key, settled)
  void settled.then(() => {
    if (lines.get(key) === settled) lines.delete(key)
  })
  return mine
}
