import { engineFor } from '../store/engine-for.ts'
import { migrate, printMigrations } from '../store/migrate.ts'
import { printGrants } from '../store/rights/print-grants.ts'
import { QueueAdmin } from './queue-admin.ts'
import type { QueueParts } from './queue-parts.ts'
import { readGrants, readMigrations } from './read-calls.ts'

/** The part of the queue that makes its tables, and gives roles their rights. */
export class QueueTables<Stream extends string = string> extends QueueAdmin<Stream> {
  readonly #parts: QueueParts

  /** @internal */
  constructor(parts: QueueParts) {
    super(parts)
    this.#parts = parts
  }

  /** Creates or upgrades the tables; tells which migrations ran. Several processes may call it at once. @throws {PH_MIGRATION} */
  async migrate(): Promise<string[]> {
    const { database, engine } = await this.#parts.connection.open()
    return migrate(database, engine, this.#parts.clock.now())
  }

  /**
   * The SQL of the migrations, for a migration tool of your own: the same text each time, which may be run again.
   *
   * @param options.from the first that your tool does not have. Default 1, all; the number behind the last gives nothing
   * @throws {PH_OPTION_INVALID} there is no such migration yet
   */
  async migrationSql(options: { from?: number | undefined } = {}): Promise<string> {
    const { from } = readMigrations(options)
    const { database } = await this.#parts.connection.open()
    const { schema, prefix } = this.#parts.settings()
    return printMigrations(engineFor(database, { schema, prefix }), from)
  }

  /**
   * The statements that give database roles no more rights than they need, for the owner of the tables to run: `app` enqueues, and reads no
   * mail; `worker` delivers, and is what `deliverDue`, `health` and `/metrics` need. Empty or unknown roles are made by you.
   *
   * @throws {PH_OPTION_INVALID} a name that no role can have; SQLite, which has no roles
   * @example
   * const sql = await mail.grantsSql({ app: 'shop', worker: 'mailer' })
   */
  async grantsSql(roles: { app?: string | undefined; worker?: string | undefined }): Promise<string> {
    const named = readGrants(roles)
    const { database } = await this.#parts.connection.open()
    const { schema, prefix } = this.#parts.settings()
    return printGrants(engineFor(database, { schema, prefix }), named)
  }
}
