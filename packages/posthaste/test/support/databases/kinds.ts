// Apart from databases.ts, which needs Vitest: chaos, bench and failpoints run by themselves.

export type ServerKind = 'postgres' | 'mariadb' | 'mysql'
export type DatabaseKind = 'sqlite' | ServerKind

export const serverKinds: readonly ServerKind[] = ['postgres', 'mariadb', 'mysql']
export const databaseKinds: readonly DatabaseKind[] = ['sqlite', ...serverKinds]

/** MariaDB and MySQL share drivers and nearly all SQL, so that most tests need not tell them apart. */
export type EngineName = Exclude<DatabaseKind, 'mariadb'>

export const engineOf = (kind: DatabaseKind): EngineName => (kind === 'mariadb' ? 'mysql' : kind)
