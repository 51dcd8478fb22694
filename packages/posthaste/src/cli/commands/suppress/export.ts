import { type Command, Option } from 'commander'
import { suppressionAsJson } from '../../../http/as-json.ts'
import { csvColumns, csvLine } from '../../suppression-file.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'

export function exportAll(parent: Command): void {
  verb(parent, 'export', {
    does: 'Print every entry: as CSV, as plain addresses, or with --json as one JSON object to a line',
    examples: ['posthaste suppress export > suppressions.csv', 'posthaste suppress export --format lines'],
  })
    .addOption(new Option('--format <format>', 'of the text').choices(['csv', 'lines']).default('csv'))
    .action(
      usingQueue<{ format: 'csv' | 'lines' }>(async ({ queue, out, options: { format } }) => {
        if (format === 'csv' && !out.json) out.line(undefined, csvColumns.join(','))
        for await (const entry of queue.suppressions.export())
          out.line(suppressionAsJson(entry), format === 'csv' ? csvLine(entry) : entry.address)
      }),
    )
}
