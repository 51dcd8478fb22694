import { createReadStream, existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { createProgress } from '../../progress.ts'
import { readSuppressions } from '../../suppression-file.ts'
import { usingQueue } from '../../using-queue.ts'
import { verb } from '../../verb.ts'
import { WrongCall } from '../../wrong-call.ts'

const atOnce = 1_000

export function importAll(parent: Command): void {
  verb(parent, 'import', {
    does: 'Add the entries of a file: an address to a line, or CSV as export writes it; nothing is stored if one is wrong',
    examples: [
      'posthaste suppress import bounces.csv',
      'posthaste suppress import --reason unsubscribed < addresses.txt',
    ],
  })
    .argument('[file]', 'the file (default: stdin)')
    .option('--reason <reason>', 'where the file says none', 'import')
    .action(
      usingQueue<{ reason: string }>(async ({ queue, inside, out, options: { reason }, args: [file] }) => {
        const entries = readSuppressions(await contentOf(file), { reason, now: inside.clock.now() })
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
  if (!existsSync(file)) throw new WrongCall(`there is no file ${file}`)
  return text(createReadStream(file))
}
