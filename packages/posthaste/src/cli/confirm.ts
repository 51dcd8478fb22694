import { createInterface } from 'node:readline/promises'
import { type Command, Option } from 'commander'
import type { Filter } from '../filter.ts'
import { mailAsJson } from '../queue/records.ts'
import { mailTable } from './mail-table.ts'
import { UsageError } from './report.ts'
import type { Call } from './using-queue.ts'

export interface ConfirmOptions {
  readonly dryRun?: true
  readonly yes?: true
}

/** Adds the options of a command that asks before it changes something. */
export function withConfirmation(
  command: Command,
  shows = 'show how many and some of them, and change nothing',
): Command {
  return command.addOption(new Option('--dry-run', shows).conflicts('yes')).option('--yes', 'do not ask')
}

const counted = 10_000
const sampled = 5

/**
 * Asks before many mails are changed: shows how many and some of them on a terminal; elsewhere --yes must say it. Mails that are named by id
 * were meant. With --dry-run nothing is asked, and the answer is no.
 */
export async function confirm(call: Call<ConfirmOptions>, filter: Filter, doing: string): Promise<boolean> {
  const { queue, out, options } = call
  if (!options.dryRun && (options.yes || filter.id !== undefined)) return true
  if (!options.dryRun) needsYes(call, doing)
  const [matching, { items }] = [
    await queue.count(filter, { atMost: counted }),
    await queue.find(filter, { limit: sampled }),
  ]
  if (options.dryRun) {
    out.result({ dryRun: true, matching, sample: items.map(mailAsJson) }, () =>
      [`would ${doing} ${countedMails(matching)}`, ...(items.length > 0 ? [mailTable(out, items)] : [])].join(
        '\n',
      ),
    )
    return false
  }
  if (matching === 0) return true
  out.note(mailTable(out, items))
  if (matching > items.length) out.note(out.colors.dim('…'))
  return askYesOrNo(`${doing} ${countedMails(matching)}?`)
}

/** @throws {UsageError} there is no terminal to ask on */
export function needsYes({ out }: Pick<Call, 'out'>, doing: string): void {
  if (!out.terminal)
    throw new UsageError(
      `to ${doing} by filter without a terminal needs --yes (--dry-run shows what it would be)`,
    )
}

function countedMails(count: number): string {
  return count >= counted ? `${count} or more mails` : mails(count)
}

export function mails(count: number): string {
  return count === 1 ? '1 mail' : `${count} mails`
}

export async function askYesOrNo(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-D closes without an answer.
  const answer = await Promise.race([
    prompt.question(`${question} [y/N] `),
    new Promise<string>((resolve) => prompt.once('close', () => resolve(''))),
  ])
  prompt.close()
  return /^y(es)?$/i.test(answer.trim())
}
