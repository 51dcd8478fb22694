import type { Engine, FirstDue, ServerKind } from '../engine.ts'
import { empty, raw, type Sql } from '../sql.ts'

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
  /** An insert that leaves alone what is there wants the right to update all that it inserts, not only what it sets. */
  readonly updatesWhatItInserts: boolean
  /** MySQL waits for a second at least. */
  readonly selectBriefly: Sql
  /** MySQL goes by the index only where all of its columns are ordered by; MariaDB only where the last one alone is. */
  firstDue(index: string): FirstDue
}

const versionSql = 'select version() as version'

export const mysql: MysqlVariant = {
  server: { name: 'MySQL', versionSql, oldest: [8, 0] },
  exactCollation: 'utf8mb4_0900_bin',
  lockOf: (alias) => ` of ${alias}`,
  tellsTransaction: false,
  updatesWhatItInserts: false,
  selectBriefly: raw('select /*+ set_var(lock_wait_timeout = 1) */'),
  // Else it reads and sorts all that is queued: 38 ms for 4,000 mails, and 0.9 so.
  firstDue: (index) => ({
    hint: raw(` force index (${index})`),
    order: raw('d.state, d.stream, d.lane, d.due_at'),
  }),
}

export const mariadb: MysqlVariant = {
  server: { name: 'MariaDB', versionSql, oldest: [10, 6] },
  exactCollation: 'utf8mb4_nopad_bin',
  lockOf: () => '',
  tellsTransaction: true,
  updatesWhatItInserts: true,
  selectBriefly: raw('set statement lock_wait_timeout = 0 for select'),
  firstDue: () => ({ hint: empty, order: raw('d.due_at') }),
}
