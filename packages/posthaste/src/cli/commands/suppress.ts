import type { Command } from 'commander'
import { moment } from '../../moments.ts'
import type { Suppression } from '../../queue/records.ts'
import { count, duration } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import type { Output } from '../output.ts'
import { table } from '../table.ts'
import { usingQueue } from '../using-queue.ts'
import { exportAll, importAll } from './suppress-files.ts'

export function suppress(program: Command): void {
  const parent = program
    .command('suppress')
    .description('The suppression list: addresses, and @domains, that get no mail')
  for (const addTo of [add, remove, list, check, importAll, exportAll]) addTo(parent)
}

interface ScopeOptions {
  readonly stream?: string
  readonly tenant?: string
}

interface AddOptions extends ScopeOptions {
  readonly reason: string
  readonly note?: string
  readonly expiresIn?: number
}

function add(parent: Command): void {
  defineCommand(parent, 'add', {
    does: 'Stop mail to these addresses, mail that is queued already included',
    examples: [
      'posthaste suppress add ada@example.com --reason complained',
      'posthaste suppress add @example.org',
    ],
  })
    .argument('<addresses...>', 'an address, or @domain for all of a domain')
    .option('--reason <reason>', 'such as bounced, complained, unsubscribed', 'by-hand')
    .option('--note <text>', 'for those who wonder')
    .option('--stream <name>', 'only mail of this stream; no part of what bounced or complained')
    .option('--tenant <name>', 'only mail of this tenant; no part of what bounced')
    .option('--expires-in <duration>', 'it ends by itself', duration)
    .action(
      usingQueue<AddOptions>(async ({ queue, out, options, args }) => {
        const { reason, note, stream, tenant, expiresIn } = options
        const added = await queue.suppressions.import(
          args.map((address) => ({
            address,
            reason,
            origin: 'cli',
            ...(note === undefined ? {} : { note }),
            stream,
            tenant,
            ...(expiresIn === undefined ? {} : { expiresIn }),
          })),
        )
        out.result(
          { added },
          `${added} added${added < args.length ? `, ${args.length - added} were there` : ''}`,
        )
      }),
    )
}

function remove(parent: Command): void {
  defineCommand(parent, 'remove', {
    does: 'Take an entry away',
    examples: ['posthaste suppress remove ada@example.com'],
  })
    .argument('<address>', 'an address or @domain')
    .option('--stream <name>', 'the entry for this stream (default: that for every stream)')
    .option('--tenant <name>', 'the entry for this tenant (default: that for every tenant)')
    .action(
      usingQueue<ScopeOptions>(async ({ queue, out, options: { stream, tenant }, args: [address = ''] }) => {
        const removed = await queue.suppressions.remove(address, { stream, tenant })
        out.result({ removed }, removed ? `${address} may be mailed again` : `${address} was not on the list`)
      }),
    )
}

interface ListOptions {
  readonly match?: string
  readonly limit: number
  readonly after?: string
}

function list(parent: Command): void {
  defineCommand(parent, 'list', {
    does: 'List the entries',
    examples: ['posthaste suppress list --match example.com'],
  })
    .option('--match <text>', 'entries whose address or domain begins so')
    .option('--limit <n>', 'entries on a page', count, 100)
    .option('--after <cursor>', 'read on, after the page before')
    .action(
      usingQueue<ListOptions>(async ({ queue, out, options: { match, limit, after } }) => {
        const { items, next } = await queue.suppressions.list({
          limit,
          ...(match === undefined ? {} : { match }),
          ...(after === undefined ? {} : { after }),
        })
        out.result({ items: items, next: next ?? null }, () =>
          items.length > 0 ? suppressionTable(out, items) : '',
        )
        if (items.length === 0) out.note('no entry')
        if (next !== undefined) out.note(out.colors.dim(`there is more: --after '${next}'`))
      }),
    )
}

function check(parent: Command): void {
  defineCommand(parent, 'check', {
    does: 'Tell whether an address may be mailed, and what stops it',
    examples: ['posthaste suppress check ada@example.com --stream newsletter'],
  })
    .argument('<address>', 'the address')
    .option('--stream <name>', 'by mail of this stream')
    .option('--tenant <name>', 'by mail of this tenant')
    .action(
      usingQueue<ScopeOptions>(async ({ queue, out, options: { stream, tenant }, args: [address = ''] }) => {
        const found = await queue.suppressions.check(address, { stream, tenant })
        out.result({ suppressed: found.length > 0, entries: found }, () =>
          found.length > 0 ? suppressionTable(out, found) : `${address} may be mailed`,
        )
      }),
    )
}

function suppressionTable(out: Output, entries: readonly Suppression[]): string {
  return table(
    out,
    [
      { title: 'ADDRESS', of: ({ address }) => address, shrinks: true },
      { title: 'STREAM', of: ({ stream }) => stream || 'every' },
      { title: 'TENANT', of: ({ tenant }) => tenant ?? 'every' },
      { title: 'REASON', of: ({ reason }) => reason },
      { title: 'ORIGIN', of: ({ origin }) => origin },
      { title: 'SINCE', of: ({ createdAt }) => moment(createdAt) },
      { title: 'UNTIL', of: ({ expiresAt }) => moment(expiresAt) },
      { title: 'NOTE', of: ({ note }) => note ?? '', shrinks: true },
    ],
    entries,
  )
}
