import type { Engine, ServerKind } from '../engine.ts'

export interface MysqlEngine extends Engine {
  readonly variant: MysqlVariant
}

/** In what MySQL and MariaDB differ for us. */
export interface MysqlVariant {
  readonly server: ServerKind
  /** Compared byte by byte, final spaces included. */
  readonly exactCollation: string
  /**
   * Which of a join's tables is locked: MySQL refuses to lock a `json_table`, MariaDB locks none and has no words for
   * it.
   */
  lockOf(alias: string): string
  readonly tellsTransaction: boolean
}

const versionSql = 'select version() as version'

export const mysql: MysqlVariant = {
  server: { name: 'MySQL', versionSql, oldest: [8, 0] },
  exactCollation: 'utf8mb4_0900_bin',
  lockOf: (alias) => ` of ${alias}`,
  tellsTransaction: false,
}

export const mariadb: MysqlVariant = {
  server: { name: 'MariaDB', versionSql, oldest: [10, 6] },
  exactCollation: 'utf8mb4_nopad_bin',
  lockOf: () => '',
  tellsTransaction: true,
}
