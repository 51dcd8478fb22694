import type { Command } from 'commander'
import type { Finding } from '../../queue/diagnose/finding.ts'
import { defineCommand } from '../define-command.ts'
import { clean, type Output } from '../output.ts'
import { usingQueue } from '../using-queue.ts'

export function doctor(program: Command): void {
  defineCommand(program, 'doctor', {
    does: 'Look at database, tables, clocks, transports, workers and streams: what is wrong, and how to mend it',
    examples: ['posthaste doctor', 'posthaste doctor --send-test you@example.com'],
  })
    .option('--send-test <address>', 'queue a mail to this address and deliver it at once')
    .action(
      usingQueue<{ sendTest?: string }>(async ({ queue, source, out, options: { sendTest } }) => {
        const configuration: Finding = {
          check: 'configuration',
          level: 'ok',
          message: `from ${source}`,
          remedy: null,
        }
        const found = await queue.diagnose(sendTest === undefined ? {} : { sendTest })
        const findings = [configuration, ...found]
        const healthy = findings.every(({ level }) => level !== 'problem')
        out.result({ healthy, findings }, () => findings.map((one) => lineOf(one, out)).join('\n'))
        return healthy ? 0 : 1
      }),
    )
}

function lineOf({ level, check, message, remedy }: Finding, { colors }: Output): string {
  const signs = { ok: colors.green('✓'), note: colors.yellow('!'), problem: colors.red('✗') }
  const help = remedy === null ? '' : `\n  ${colors.dim('→')} ${clean(remedy)}`
  return `${signs[level]} ${colors.bold(check)}: ${clean(message)}${help}`
}
