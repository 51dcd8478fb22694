import type { Engine } from './engine.ts'

export interface Migration {
  readonly version: number
  readonly name: string
  /** What its statements hash to, as migrate.test.ts does it: tables that others made are told by it. */
  readonly fingerprint: string
  readonly statements: (engine: Engine) => readonly string[]
}

/** In order; never edited once released, only added to. Each engine has its own text of the first. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'initial',
    fingerprint: '2feb0c1e4cbf496c',
    statements: (engine) => engine.initialTables(),
  },
]

export const schemaVersion = migrations.length

/** The statements of a text, none of which has a semicolon at the end of a line within. */
export function statementsOf(text: string): string[] {
  return text
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
