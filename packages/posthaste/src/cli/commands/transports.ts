import type { Command } from 'commander'
import { moment } from '../../moments.ts'
import type { TransportState } from '../../queue/records.ts'
import { duration } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import type { Output } from '../output.ts'
import { table } from '../table.ts'
import { usingQueue } from '../using-queue.ts'

export function transports(program: Command): void {
  const parent = program
    .command('transports')
    .description('See how transports fare; let one back off, or end that')
  for (const add of [list, pause, resume]) add(parent)
}

function list(parent: Command): void {
  defineCommand(parent, 'list', {
    does: 'List the transports',
    examples: ['posthaste transports list'],
  }).action(
    usingQueue(async ({ queue, out }) => {
      const items = await queue.transports.list()
      out.result({ items }, () => transportTable(out, items))
    }),
  )
}

function pause(parent: Command): void {
  defineCommand(parent, 'pause', {
    does: 'Send nothing through a transport for a while',
    examples: ["posthaste transports pause main --for 30m --reason 'maintenance at the provider'"],
  })
    .argument('<name>', 'the transport')
    .option('--for <duration>', 'how long (default: 1h)', duration)
    .option('--reason <text>', 'why', 'by hand')
    .action(
      usingQueue<{ for?: number; reason: string }>(async ({ queue, out, options, args: [name = ''] }) => {
        const { reason, for: time } = options
        const state = await queue.transports.pause(name, {
          reason,
          ...(time === undefined ? {} : { for: time }),
        })
        out.result(state, `${name} backs off until ${moment(state.until)}`)
      }),
    )
}

function resume(parent: Command): void {
  defineCommand(parent, 'resume', {
    does: 'End the back-off and the brakes of a transport, or of all; mail that waits for them is due now',
    examples: ['posthaste transports resume', 'posthaste transports resume main'],
  })
    .argument('[name]', 'the transport (default: all)')
    .action(
      usingQueue(async ({ queue, out, args: [name] }) => {
        const resumed = await queue.transports.resume(name)
        out.result({ resumed }, resumed > 0 ? `${resumed} resumed` : 'none was backing off or braked')
      }),
    )
}

function transportTable(out: Output, items: readonly TransportState[]): string {
  if (items.length === 0) return 'no transport is configured'
  return table(
    out,
    [
      { title: 'TRANSPORT', of: ({ name }) => name },
      {
        title: 'STATE',
        of: ({ state }) => (state === 'backing-off' ? 'backing off' : state),
        color: ({ state }, text) => (state === 'ready' ? out.colors.green(text) : out.colors.yellow(text)),
      },
      { title: 'UNTIL', of: ({ until }) => moment(until) },
      { title: 'FAULTS', of: ({ faults }) => faults, right: true },
      { title: 'REASON', of: reasonOf, shrinks: true },
    ],
    items,
  )
}

function reasonOf({ reason, brakes }: TransportState): string {
  const braked = brakes.flatMap(({ scope, value, reply }) =>
    scope === 'transport' ? [] : [`braked: the ${scope} ${value}: ${reply}`],
  )
  return [...(reason === null ? [] : [reason]), ...braked].join('; ')
}
