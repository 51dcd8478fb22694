import type { Row } from '../connections/database.ts'
import { PosthasteError } from '../errors.ts'
import { migrations } from './migrations.ts'

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
