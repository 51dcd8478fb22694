import type { Command } from 'commander'
import { mailAsJson } from '../../queue/records.ts'
import { count } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import { type FilterOptions, readFilter, withFilter } from '../filter-options.ts'
import { mailTable } from '../mail-table.ts'
import { usingQueue } from '../using-queue.ts'

interface ListOptions extends FilterOptions {
  readonly limit: number
  readonly after?: string
}

export function list(program: Command): void {
  const command = defineCommand(program, 'list', {
    does: 'List mails, newest first; without a filter, all of them',
    examples: [
      'posthaste list --state failed --since 24h',
      'posthaste list --to ada@example.com --json | jq -r .items[].id',
    ],
  })
  withFilter(command)
    .option('--limit <n>', 'mails on a page', count, 50)
    .option('--after <cursor>', 'read on, after the page before')
    .action(
      usingQueue<ListOptions>(async ({ queue, out, options }) => {
        const filter = readFilter([], options)
        const { items, next } = await queue.find(Object.keys(filter).length > 0 ? filter : { all: true }, {
          limit: options.limit,
          ...(options.after === undefined ? {} : { after: options.after }),
        })
        out.result({ items: items.map(mailAsJson), next: next ?? null }, () =>
          items.length > 0 ? mailTable(out, items) : '',
        )
        if (items.length === 0) out.note('no mail matches')
        if (next !== undefined) out.note(out.colors.dim(`there is more: --after ${next}`))
      }),
    )
}
