import type { Command } from 'commander'
import { count } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import { usingQueue } from '../using-queue.ts'

interface MigrateOptions {
  readonly print?: true
  readonly from?: number
  readonly printGrants?: true
  readonly app?: string
  readonly worker?: string
}

export function migrate(program: Command): void {
  defineCommand(program, 'migrate', {
    does: 'Create or upgrade the tables; several processes may do it at once',
    examples: [
      'posthaste migrate',
      'posthaste migrate --print > migrations/posthaste.sql',
      'posthaste migrate --print --from 2 > migrations/posthaste-2.sql',
      'posthaste migrate --print-grants --app shop --worker mailer',
    ],
  })
    .option('--print', 'print the SQL for a migration tool of your own, and change nothing')
    .option('--from <number>', 'with --print: only the migrations from this one on', count)
    .option('--print-grants', 'print the statements that give roles the rights that they need, and no more')
    .option('--app <role>', 'with --print-grants: a role that enqueues, and reads no mail')
    .option('--worker <role>', 'with --print-grants: a role that delivers')
    .action(
      usingQueue<MigrateOptions>(async ({ queue, out, options }) => {
        const { app, worker, from } = options
        if (options.printGrants) {
          const sql = await queue.grantsSql({ app, worker })
          return out.result({ sql }, sql.trimEnd())
        }
        if (options.print) {
          const sql = await queue.migrationSql({ from })
          if (sql === '') out.note(`nothing: there is no migration ${from} yet`)
          return out.result({ sql }, sql.trimEnd())
        }
        const applied = await queue.migrate()
        out.result(
          { applied },
          applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do: the tables are up to date',
        )
      }),
    )
}
