import { type Command, Option } from 'commander'
import type { RetryOptions } from '../../config/queue-config.ts'
import { type OnConflict, type OnUnknown, onConflicts, type Priority, priorities } from '../../mail/mail.ts'
import { type EnqueueOptions, optionNames } from '../../options.ts'
import { duration, gather, isoInstant, json } from '../arguments.ts'
import { defineCommand } from '../define-command.ts'
import { type MailFlags, mailOf } from '../mail-of-flags.ts'
import { clean } from '../output.ts'
import { usingQueue } from '../using-queue.ts'

interface EnqueueFlags extends MailFlags {
  readonly priority?: Priority
  readonly sendAt?: Date
  readonly delay?: number
  readonly expiresAt?: Date
  readonly expiresIn?: number
  readonly stream?: string
  readonly tenant?: string
  readonly idempotencyKey?: string
  readonly onConflict?: OnConflict
  readonly replaces?: string
  readonly tag?: readonly string[]
  readonly metadata?: unknown
  readonly retry?: RetryOptions
  readonly onUnknown?: OnUnknown
  readonly sensitive?: true
}

export function enqueue(program: Command): void {
  const command = defineCommand(program, 'enqueue', {
    does: 'Queue one mail: made of options, or a whole message (.eml) from stdin',
    examples: [
      "posthaste enqueue --from shop@example.com --to ada@example.com --subject 'Your order' --text 'On its way.'",
      'posthaste enqueue --stream newsletter --priority bulk < issue-12.eml',
    ],
  })
  withMail(command)
  withOptions(command).action(
    usingQueue<EnqueueFlags>(async ({ queue, out, options }) => {
      const queued = await queue.enqueue(await mailOf(options), optionsOf(options))
      const refused = queued.suppressed.length > 0 ? `, suppressed: ${queued.suppressed.join(', ')}` : ''
      const other = queued.sameContent === false ? ', whose content differs' : ''
      out.result(queued, clean(`${queued.status} ${queued.id} ${queued.messageId}${other}${refused}`))
    }),
  )
}

/** Adds what makes the mail. */
function withMail(command: Command): Command {
  return command
    .option('--from <address>', 'sender; with a message from stdin, of the envelope')
    .option(
      '--to <address>',
      'recipient; may be repeated; with a message from stdin, of the envelope',
      gather,
    )
    .option('--cc <address>', 'may be repeated', gather)
    .option('--bcc <address>', 'may be repeated', gather)
    .option('--reply-to <address>', 'where answers go')
    .option('--subject <text>', 'the subject')
    .option('--text <text>', 'the body as text; - reads it from stdin')
    .option('--html <html>', 'the body as HTML; - reads it from stdin')
    .option('--attach <file>', 'attach a file; may be repeated', gather)
    .option('--header <line>', "a header of your own, 'X-Name: value'; may be repeated", gather)
}

/** Adds what goes beside it. */
function withOptions(command: Command): Command {
  return command
    .addOption(new Option('--priority <priority>', 'which goes first').choices(priorities))
    .option('--send-at <instant>', 'not before this instant', isoInstant)
    .option('--delay <duration>', 'not before this much time from now', duration)
    .option('--expires-at <instant>', 'not sent by then, it fails', isoInstant)
    .option('--expires-in <duration>', 'the same, counted from the time it is due', duration)
    .option('--stream <name>', 'its stream (default: default)')
    .option('--tenant <name>', 'whose mail it is')
    .option('--idempotency-key <key>', 'the same key again, of the same tenant, gives the first mail')
    .addOption(
      new Option('--on-conflict <policy>', 'when the key has a mail of other content').choices(onConflicts),
    )
    .option('--replaces <id>', 'cancel that mail and take over its key')
    .option('--tag <tag>', 'to find it by; may be repeated', gather)
    .option('--metadata <json>', 'JSON that stays with the mail and is never sent', json)
    .option('--retry <json>', 'such as {"first":"1m","giveUpAfter":"4d"}', json)
    .addOption(new Option('--on-unknown <policy>', 'when no answer came').choices(['retry', 'hold']))
    .option('--sensitive', 'hide its content, and delete it when it is finished')
}

/** The flags that are options of the queue; --tag is their one other name. */
function optionsOf({ tag, ...flags }: EnqueueFlags): EnqueueOptions {
  const named: Record<string, unknown> = { ...flags, tags: tag }
  return Object.fromEntries(
    optionNames.filter((name) => named[name] !== undefined).map((name) => [name, named[name]]),
  )
}
