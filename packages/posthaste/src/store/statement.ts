import type { Executor, Result, Value } from '../connections/database.ts'
import { refusedRight } from './rights/refused.ts'
import { run, type Statement } from './sql.ts'

/**
 * Steps that say what to run and are told what came of it, so that one telling serves synchronous and asynchronous
 * drivers.
 */
export type Steps<T> = Generator<Statement, T, Result>

export async function runSteps<T>(steps: Steps<T>, executor: Executor): Promise<T> {
  let next = steps.next()
  while (!next.done) {
    let result: Result
    try {
      result = await run(executor, next.value)
    } catch (error) {
      next = steps.throw(refusedRight(error, next.value.sql) ?? error)
      continue
    }
    next = steps.next(result)
  }
  return next.value
}

export function runStepsSync<T>(steps: Steps<T>, run: (sql: string, params: readonly Value[]) => Result): T {
  let next = steps.next()
  while (!next.done) {
    let result: Result
    try {
      result = run(next.value.sql, next.value.params)
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(result)
  }
  return next.value
}

export function* ask(asked: string | Statement, params: readonly Value[] = []): Steps<Result> {
  return yield typeof asked === 'string' ? { sql: asked, params } : asked
}

const none: readonly Statement[] = []

/** Steps that need no statement. */
export function* answer<T>(value: T): Steps<T> {
  yield* none
  return value
}
