/** Called before each statement of a handle, with its number from 1 on; may throw, or give a promise to wait for. */
export type BeforeStatement = (n: number, sql: string) => void | Promise<void>

/** The same handle, but that every statement is announced. For pg, mysql2 and node:sqlite alike. */
export function counted<T extends object>(handle: T, before: BeforeStatement): T {
  let n = 0
  return watched(
    handle,
    ['query', 'execute'],
    (sql, run) => {
      const waited = before(++n, sql)
      return waited ? waited.then(run) : run()
    },
    (sql) => before(++n, sql),
  )
}

function watched<T extends object>(
  handle: T,
  calls: readonly string[],
  around: (sql: string, run: () => unknown) => unknown,
  beforePrepared: (sql: string) => unknown,
): T {
  return new Proxy(handle, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name === 'prepare')
        return (sql: string) => prepared(value.call(target, sql), () => beforePrepared(sql))
      if (!calls.includes(String(name))) return value.bind(target)
      return async (sql: string, ...rest: unknown[]) => around(sql, () => value.call(target, sql, ...rest))
    },
  })
}

function prepared(statement: object, before: () => unknown): object {
  return new Proxy(statement, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'run' && name !== 'all') return value.bind(target)
      return (...params: unknown[]) => {
        before()
        return value.apply(target, params)
      }
    },
  })
}
