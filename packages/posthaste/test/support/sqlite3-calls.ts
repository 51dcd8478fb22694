import type { Result } from '../../src/connections/database.ts'
import { type SqliteHandle, statements } from '../../src/connections/sqlite-handle.ts'

type Answer = (this: Statement, error: unknown, rows?: unknown[]) => void

class Statement {
  readonly lastID = 0
  changes = 0
}

/**
 * The calls of the package `sqlite3` over another SQLite, for libraries that want its module. That package itself, and the forks that
 * keep its calls, need an install script that fetches or builds a binary.
 */
export function sqlite3Calls(open: (file: string) => SqliteHandle) {
  class Database {
    readonly #handle: SqliteHandle
    readonly filename: string

    constructor(filename: string, _mode: number, opened: (error: unknown) => void) {
      this.filename = filename
      this.#handle = open(filename)
      setImmediate(opened, null)
    }

    serialize(work: () => void): void {
      work()
    }

    all(sql: string, params?: Params, answer?: Answer): void {
      setImmediate(() => {
        const statement = new Statement()
        let result: Result
        try {
          result = statements(this.#handle).run(sql, bound(params))
        } catch (error) {
          return answer?.call(statement, error)
        }
        statement.changes = result.affected
        answer?.call(statement, null, result.rows)
      })
    }

    run(sql: string, params?: Params, answer?: Answer): void {
      this.all(
        sql,
        params,
        answer &&
          function ran(error) {
            answer.call(this, error)
          },
      )
    }

    close(closed?: (error: unknown) => void): void {
      setImmediate(() => {
        this.#handle.close?.()
        closed?.(null)
      })
    }
  }
  return { Database, OPEN_READWRITE: 2, OPEN_CREATE: 4 }
}

type Params = readonly unknown[] | Record<string, unknown>

/** `$1` is a name to SQLite; its other drivers write it without the dollar. */
function bound(params: Params = []): never[] {
  if (Array.isArray(params)) return params as never[]
  const named = Object.entries(params).map(([name, value]) => [name.replace('$', ''), value])
  return named.length === 0 ? [] : ([Object.fromEntries(named)] as never[])
}
