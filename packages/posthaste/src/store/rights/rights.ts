import type { Executor } from '../../connections/database.ts'
import type { TableName, Tables } from '../tables.ts'

/** What a role is for: it enqueues and nothing else, or it does all that a worker does. */
export const roles = ['app', 'worker'] as const

export type Role = (typeof roles)[number]

type Privilege = 'select' | 'insert' | 'update' | 'delete'

/** What is needed of each table: all of its columns, or these. */
export type Needs = Readonly<
  Partial<Record<TableName, Readonly<Partial<Record<Privilege, 'all' | readonly string[]>>>>>
>

/** One right on one thing. */
export interface Right {
  readonly privilege: Privilege | 'usage' | 'execute'
  /** What it is on, as a `grant` says it. */
  readonly on: string
  /** The same in the database's catalogue, without schema or quotes. */
  readonly name: string
  /** Undefined: all. */
  readonly columns?: readonly string[] | undefined
}

/** How an engine gives rights; a database without users has none. */
export interface EngineRights {
  /** No more than the role needs. */
  of(role: Role): readonly Right[]
  /** The name of a role or user, quoted. @throws {PH_OPTION_INVALID} none can have it */
  account(name: string): string
  /** Which of these rights the user of this connection lacks; of several columns, those that it may not use. */
  lacking(executor: Executor, rights: readonly Right[]): Promise<Right[]>
  /** The user of this connection, quoted. */
  ownAccount(executor: Executor): Promise<string>
}

export function rightsOf(needs: Needs, tables: Tables): Right[] {
  return Object.entries(needs).flatMap(([name, needed]) =>
    Object.entries(needed).map(([privilege, columns]) => ({
      privilege: privilege as Privilege,
      on: tables[name as TableName].sql,
      name,
      ...(columns === 'all' ? {} : { columns }),
    })),
  )
}

/** One statement for each thing. */
export function grants(rights: readonly Right[], account: string): string[] {
  const things = [...new Set(rights.map(({ on }) => on))]
  return things.map((on) => {
    const given = rights.filter((right) => right.on === on).map(wordOf)
    return `grant ${given.join(', ')} on ${on} to ${account}`
  })
}

function wordOf({ privilege, columns }: Right): string {
  return columns === undefined ? privilege : `${privilege} (${columns.join(', ')})`
}

/** In words: `SELECT (id, tenant) on "posthaste"."mail"`. */
export function describeRight(right: Right): string {
  const columns = right.columns === undefined ? '' : ` (${right.columns.join(', ')})`
  return `${right.privilege.toUpperCase()}${columns} on ${right.on}`
}
