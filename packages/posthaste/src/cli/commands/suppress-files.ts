import { createReadStream, existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { defineCommand } from '../define-command.ts'
import { clean } from '../output.ts'
import { createProgress } from '../progress.ts'
import { UsageError } from '../report.ts'
import { csvColumns, csvLine, readSuppressions } from '../suppression-file.ts'
import { usingQueue } from '../using-queue.ts'

const atOnce = 1_000

export function importAll(parent: Command): void {
  defineCommand(parent, 'import', {
    does: 'Add the entries of a file: an address to a line, or CSV as export writes it; nothing is stored if one is wrong',
    examples: [
      'posthaste suppress import bounces.csv',
      'posthaste suppress import --reason unsubscribed < addresses.txt',
    ],
  })
    .argument('[file]', 'the file (default: stdin)')
    .option('--reason <reason>', 'where the file says none', 'import')
    .action(
      usingQueue<{ reason: string }>(async ({ queue, out, options: { reason }, args: [file] }) => {
        const entries = readSuppressions(await contentOf(file), { reason, now: Date.now() })
        const progress = createProgress(out, 'importing', entries.length)
        let added = 0
        for (let at = 0; at < entries.length; at += atOnce) {
          const batch = entries.slice(at, at + atOnce)
          added += await queue.suppressions.import(batch)
          progress.done(batch.length)
        }
        progress.end()
        out.result({ read: entries.length, added }, `${entries.length} read, ${added} added`)
      }),
    )
}

function contentOf(file: string | undefined): Promise<string> {
  if (file === undefined) return text(process.stdin)
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  return text(createReadStream(file))
}

export function exportAll(parent: Command): void {
  defineCommand(parent, 'export', {
    does: 'Print every entry: as CSV, as plain addresses, or with --json as one JSON object to a line',
    examples: ['posthaste suppress export > suppressions.csv', 'posthaste suppress export --format lines'],
  })
    .addOption(new Option('--format <format>', 'of the text').choices(['csv', 'lines']).default('csv'))
    .action(
      usingQueue<{ format: 'csv' | 'lines' }>(async ({ queue, out, options: { format } }) => {
        if (format === 'csv' && !out.json) out.line(undefined, csvColumns.join(','))
        for await (const entry of queue.suppressions.export())
          out.line(entry, format === 'csv' ? csvLine(entry) : clean(entry.address))
      }),
    )
}
