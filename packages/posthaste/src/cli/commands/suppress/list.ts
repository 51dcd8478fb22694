import type { Command } from 'commander'
import { suppressionAsJson } from '../../../http/as-json.ts'
import { count } from '../../arguments.ts'
import { suppressionTable } from '../../suppression-table.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

interface ListOptions {
  readonly match?: string
  readonly limit: number
  readonly after?: string
}

export function list(parent: Command): void {
  verb(parent, 'list', {
    does: 'List the entries',
    examples: ['posthaste suppress list --match example.com'],
  })
    .option('--match <text>', 'entries that hold this text')
    .option('--limit <n>', 'entries on a page', count, 100)
    .option('--after <cursor>', 'read on, after the page before')
    .action(
      usingQueue<ListOptions>(async ({ queue, out, options: { match, limit, after } }) => {
        const { items, next } = await queue.suppressions.list({
          limit,
          ...(match === undefined ? {} : { match }),
          ...(after === undefined ? {} : { after }),
        })
        out.result({ items: items.map(suppressionAsJson), next: next ?? null }, () =>
          items.length > 0 ? suppressionTable(out, items) : '',
        )
        if (items.length === 0) out.note('no entry')
        if (next !== undefined) out.note(out.colors.dim(`there is more: --after '${next}'`))
      }),
    )
}
