import { createInterface } from 'node:readline/promises'
import type { Filter } from '../filter.ts'
import { mailAsJson } from './mail-json.ts'
import { mailTable } from './mail-table.ts'
import type { Call } from './using-queue.ts'
import { WrongCall } from './wrong-call.ts'

export interface AgreeOptions {
  readonly dryRun?: true
  readonly yes?: true
}

const counted = 10_000
const sampled = 5

/**
 * Asks before many mails are changed: shows how many and some of them on a terminal; elsewhere --yes must say it. Mails that are named by id
 * were meant. With --dry-run nothing is asked, and the answer is no.
 */
export async function agree(call: Call<AgreeOptions>, filter: Filter, doing: string): Promise<boolean> {
  const { queue, out, options } = call
  if (!options.dryRun && (options.yes || filter.id !== undefined)) return true
  if (!options.dryRun && !out.terminal)
    throw new WrongCall(
      `to ${doing} by filter without a terminal needs --yes (--dry-run shows what it would be)`,
    )
  const [matching, { items }] = [
    await queue.count(filter, { atMost: counted }),
    await queue.find(filter, { limit: sampled }),
  ]
  if (options.dryRun) {
    out.result({ dryRun: true, matching, sample: items.map(mailAsJson) }, () =>
      [`would ${doing} ${mails(matching)}`, ...(items.length > 0 ? [mailTable(out, items)] : [])].join('\n'),
    )
    return false
  }
  if (matching === 0) return true
  out.note(mailTable(out, items))
  if (matching > items.length) out.note(out.colors.dim('…'))
  return ask(`${doing} ${mails(matching)}?`)
}

function mails(count: number): string {
  return count === 1 ? '1 mail' : `${count}${count >= counted ? ' or more' : ''} mails`
}

async function ask(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-D closes without an answer.
  const answer = await Promise.race([
    prompt.question(`${question} [y/N] `),
    new Promise<string>((resolve) => prompt.once('close', () => resolve(''))),
  ])
  prompt.close()
  return /^y(es)?$/i.test(answer.trim())
}
