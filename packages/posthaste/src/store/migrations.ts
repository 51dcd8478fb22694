import type { Row } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
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
    fingerprint: '60a7589587fe3948',
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

/**
 * The version of the tables, by what is written of their migrations; 0 where nothing is.
 *
 * @throws {PH_SCHEMA_UNKNOWN} one that we know was another when it was applied
 */
export function versionOf(applied: readonly Row[]): number {
  for (const { version, fingerprint } of applied) {
    const known = migrations.find((migration) => migration.version === Number(version))
    if (known && known.fingerprint !== fingerprint)
      throw new PosthasteError('PH_SCHEMA_UNKNOWN', `migration ${version} was another one`)
  }
  return Math.max(0, ...applied.map(({ version }) => Number(version)))
}
