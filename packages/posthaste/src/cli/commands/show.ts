import type { Command } from 'commander'
import { PosthasteError } from '../../errors.ts'
import { isHeldBy } from '../../queue/brakes.ts'
import type { MailQueue } from '../../queue/mail-queue.ts'
import { type Attempt, type MailRecord, mailAsJson, type TransportState } from '../../queue/records.ts'
import { defineCommand } from '../define-command.ts'
import { cleanLines } from '../output.ts'
import { showText } from '../show-text.ts'
import { usingQueue } from '../using-queue.ts'

export function show(program: Command): void {
  defineCommand(program, 'show', {
    does: 'Show one mail whole: its recipients and every attempt; its content only when asked',
    examples: [
      'posthaste show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
      'posthaste show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --body',
    ],
  })
    .argument('<id>', "the mail's id")
    .option('--body', 'the message itself too, as it goes out; never of sensitive mail')
    .action(
      usingQueue<{ body?: true }>(async ({ queue, out, options, args: [id = ''] }) => {
        const mail = await queue.get(id)
        if (!mail) throw new PosthasteError('PH_NOT_FOUND', id)
        const attempts = await queue.attempts(id)
        const transports = await transportsOf(queue, mail, attempts)
        const brakes = transports.flatMap((one) => one.brakes).filter((brake) => isHeldBy(mail, brake))
        const backingOff = transports.filter(({ state }) => state === 'backing-off')
        const body = options.body ? await sourceOf(queue, id) : undefined
        out.result(
          {
            ...mailAsJson(mail),
            brakes,
            backingOff,
            history: attempts,
            ...(body === undefined ? {} : { body }),
          },
          () =>
            [
              showText(out, mail, { attempts, brakes, backingOff }),
              ...(body === undefined ? [] : ['', cleanLines(body)]),
            ].join('\n'),
        )
      }),
    )
}

/** What may keep it back: the transport that it was sent by, or the only one. */
async function transportsOf(
  queue: MailQueue,
  mail: MailRecord,
  attempts: readonly Attempt[],
): Promise<readonly TransportState[]> {
  if (mail.state !== 'queued') return []
  const transports = await queue.transports.list()
  const last = attempts.findLast(({ attempt }) => attempt > 0)?.transport
  return transports.length === 1 ? transports : transports.filter(({ name }) => name === last)
}

async function sourceOf(queue: MailQueue, id: string): Promise<string> {
  const content = await queue.content(id)
  return (await content.source()).toString()
}
