import type { Clock } from '../clock.ts'
import { PosthasteError } from '../errors.ts'
import { type Duration, milliseconds } from '../input/time.ts'
import { restingStates } from '../mail/transitions.ts'
import type { MailRecord, Store } from '../store/store.ts'

/** Looks more and more rarely until the mail has its outcome. */
export async function settled(
  store: Store,
  id: string,
  { timeout, clock }: { timeout: Duration; clock: Clock },
): Promise<MailRecord> {
  const end = clock.monotonic() + milliseconds(timeout, 'timeout')
  for (let wait = 10; ; wait = Math.min(500, wait * 1.5)) {
    const mail = await store.get(id)
    if (!mail) throw new PosthasteError('PH_NOT_FOUND', id)
    if (restingStates.includes(mail.state)) return mail
    const left = end - clock.monotonic()
    if (left <= 0) throw new PosthasteError('PH_TIMEOUT', `${id} is ${mail.state}`)
    await clock.sleep(Math.min(wait, left))
  }
}
