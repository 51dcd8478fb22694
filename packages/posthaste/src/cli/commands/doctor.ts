import type { Command } from 'commander'
import { clean } from '../clean.ts'
import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import type { Output } from '../output.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function doctor(program: Command): void {
  verb(program, 'doctor', {
    does: 'Look at database, tables, clocks, transports, workers and streams: what is wrong, and how to mend it',
    examples: ['posthaste doctor', 'posthaste doctor --send-test you@example.com'],
  })
    .option('--send-test <address>', 'queue a mail to this address and deliver it at once')
    .action(
      usingQueue<{ sendTest?: string }>(async (call) => {
        const findings = await examine(call, call.options.sendTest)
        const healthy = findings.every(({ level }) => level !== 'problem')
        call.out.result({ healthy, findings }, () => findings.map((one) => lineOf(one, call.out)).join('\n'))
        return healthy ? 0 : 1
      }),
    )
}

function lineOf({ level, check, message, remedy }: Finding, { colors }: Output): string {
  const signs = { ok: colors.green('✓'), note: colors.yellow('!'), problem: colors.red('✗') }
  const help = remedy === null ? '' : `\n  ${colors.dim('→')} ${clean(remedy)}`
  return `${signs[level]} ${colors.bold(check)}: ${clean(message)}${help}`
}
