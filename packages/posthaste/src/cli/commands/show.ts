import type { Command } from 'commander'
import { PosthasteError } from '../../errors.ts'
import { attemptAsJson } from '../../http/as-json.ts'
import { cleanLines } from '../clean.ts'
import { mailAsJson } from '../mail-json.ts'
import { readBody } from '../read-body.ts'
import { showText } from '../show-text.ts'
import { usingQueue } from '../using-queue.ts'
import { verb } from '../verb.ts'

export function show(program: Command): void {
  verb(program, 'show', {
    does: 'Show one mail whole: its recipients and every attempt; its content only when asked',
    examples: [
      'posthaste show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
      'posthaste show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --body',
    ],
  })
    .argument('<id>', "the mail's id")
    .option('--body', 'the message itself too, as it goes out; never of sensitive mail')
    .action(
      usingQueue<{ body?: true }>(async ({ queue, inside, out, options, args: [id = ''] }) => {
        const mail = await queue.get(id)
        if (!mail) throw new PosthasteError('PH_NOT_FOUND', id)
        const attempts = await queue.attempts(id)
        const body = options.body ? await readBody(inside, mail) : undefined
        out.result(
          {
            ...mailAsJson(mail),
            history: attempts.map(attemptAsJson),
            ...(body === undefined ? {} : { body }),
          },
          () =>
            [showText(out, mail, attempts), ...(body === undefined ? [] : ['', cleanLines(body)])].join('\n'),
        )
      }),
    )
}
