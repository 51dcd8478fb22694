import type { Command } from 'commander'
import { defineCommand } from '../define-command.ts'
import { usingQueue } from '../using-queue.ts'

export function migrate(program: Command): void {
  defineCommand(program, 'migrate', {
    does: 'Create or upgrade the tables; several processes may do it at once',
    examples: ['posthaste migrate', 'posthaste migrate --print > migrations/posthaste.sql'],
  })
    .option('--print', 'print the SQL for a migration tool of your own, and change nothing')
    .action(
      usingQueue<{ print?: true }>(async ({ queue, out, options }) => {
        if (options.print) {
          const sql = await queue.migrationSql()
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
