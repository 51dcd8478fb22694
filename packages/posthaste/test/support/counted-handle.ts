/** Called before each statement of a handle, with its number from 1 on; may throw, or give a promise to wait for. */
export type BeforeStatement = (n: number, sql: string, params?: readonly unknown[]) => void | Promise<void>

/** The same handle, but that every statement is announced. For pg, mysql2, node:sqlite and better-sqlite3 alike. */
export function counted<T extends object>(handle: T, before: BeforeStatement): T {
  let n = 0
  return new Proxy(handle, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name === 'prepare')
        return (sql: string) => prepared(value.call(target, sql), (params) => before(++n, sql, params))
      if (name !== 'query' && name !== 'execute') return value.bind(target)
      return async (sql: string, ...rest: unknown[]) => {
        await before(++n, sql, rest[0] as readonly unknown[])
        return value.call(target, sql, ...rest)
      }
    },
  })
}

function prepared(statement: object, before: (params: readonly unknown[]) => void | Promise<void>): object {
  return new Proxy(statement, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'run' && name !== 'all') return value.bind(target)
      return (...params: unknown[]) => {
        void before(params)
        return value.apply(target, params)
      }
    },
  })
}
