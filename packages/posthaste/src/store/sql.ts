import type { Executor, Result, Value } from '../connections/database.ts'

/** SQL text with a `?` for each of its parameters, in their order. */
export interface Statement {
  readonly sql: string
  readonly params: readonly Value[]
}

/** A statement or a piece of one. */
export class Sql implements Statement {
  readonly sql: string
  readonly params: readonly Value[]

  constructor(text: string, params: readonly Value[] = []) {
    this.sql = text
    this.params = params
  }

  /** Its text, for templates of plain strings. @throws {TypeError} it holds parameters, which the text would lose */
  toString(): string {
    if (this.params.length > 0) throw new TypeError(`'${this.sql}' holds parameters: splice it with sql\`…\``)
    return this.sql
  }
}

/** Statements are spliced in with their parameters; every other value becomes a `?`. */
export function sql(texts: TemplateStringsArray, ...values: readonly (Value | Statement)[]): Sql {
  const params: Value[] = []
  let text = texts[0] ?? ''
  for (const [index, value] of values.entries()) {
    text += isStatement(value) ? value.sql : '?'
    if (isStatement(value)) params.push(...value.params)
    else params.push(value)
    text += texts[index + 1] ?? ''
  }
  return new Sql(text, params)
}

/** For templates of plain strings, which take both. */
export type Text = string | Sql

/** Text that is our own: never a user's. */
export function raw(text: string): Sql {
  return new Sql(text)
}

export const empty: Sql = raw('')

export function join(list: readonly Statement[], separator = ', '): Sql {
  return new Sql(
    list.map((one) => one.sql).join(separator),
    list.flatMap(({ params }) => params),
  )
}

export function run(executor: Executor, { sql, params }: Statement): Promise<Result> {
  return executor.query(sql, params)
}

function isStatement(value: Value | Statement): value is Statement {
  return typeof value === 'object' && value !== null && 'params' in value
}
