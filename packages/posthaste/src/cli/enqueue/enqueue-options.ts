import { type Command, Option } from 'commander'
import { priorities } from '../../mail/mail.ts'
import { duration, gather, isoInstant, json } from '../arguments.ts'

/** Adds what makes the mail. */
export function withMail(command: Command): Command {
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
export function withOptions(command: Command): Command {
  return command
    .addOption(new Option('--priority <priority>', 'which goes first').choices(priorities))
    .option('--send-at <instant>', 'not before this instant', isoInstant)
    .option('--delay <duration>', 'not before this much time from now', duration)
    .option('--expires-at <instant>', 'not sent by then, it fails', isoInstant)
    .option('--expires-in <duration>', 'the same, counted from the time it is due', duration)
    .option('--stream <name>', 'its stream (default: default)')
    .option('--tenant <name>', 'whose mail it is')
    .option('--idempotency-key <key>', 'the same key again gives the first mail')
    .option('--replaces <id>', 'cancel that mail and take over its key')
    .option('--tag <tag>', 'to find it by; may be repeated', gather)
    .option('--metadata <json>', 'JSON that stays with the mail and is never sent', json)
    .option('--retry <json>', 'such as {"first":"1m","giveUpAfter":"4d"}', json)
    .addOption(new Option('--on-unknown <policy>', 'when no answer came').choices(['retry', 'hold']))
    .option('--sensitive', 'hide its content, and delete it when it is finished')
}
