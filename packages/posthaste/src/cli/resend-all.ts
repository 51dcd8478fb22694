import { isPosthasteError } from '../errors.ts'
import type { Filter } from '../filter.ts'
import { createProgress } from './progress.ts'
import type { Call } from './using-queue.ts'

export interface Resent {
  readonly resent: { readonly from: string; readonly id: string }[]
  readonly failed: { readonly id: string; readonly code: string; readonly message: string }[]
}

/** Page by page from the newest on, so that what is resent is not met again. */
export async function resendAll(
  call: Pick<Call, 'queue' | 'out'>,
  filter: Filter,
  to: readonly string[] | undefined,
): Promise<Resent> {
  const { queue, out } = call
  const done: Resent = { resent: [], failed: [] }
  const progress = createProgress(out, 'resending', await queue.count(filter))
  for await (const id of idsOf(call, filter)) {
    await resendOne(id)
    progress.done(1)
  }
  progress.end()
  return done

  async function resendOne(from: string): Promise<void> {
    try {
      const { id } = await queue.resend(from, to === undefined ? {} : { to })
      done.resent.push({ from, id })
    } catch (error) {
      if (!isPosthasteError(error, 'PH_BODY_GONE') && !isPosthasteError(error, 'PH_NOT_FOUND')) throw error
      done.failed.push({ id: from, code: error.code, message: error.message })
    }
  }
}

async function* idsOf({ queue }: Pick<Call, 'queue'>, filter: Filter): AsyncGenerator<string> {
  if (filter.id !== undefined) return yield* new Set([filter.id].flat())
  let after: string | undefined
  do {
    const page = await queue.find(filter, { limit: 200, ...(after === undefined ? {} : { after }) })
    yield* page.items.map(({ id }) => id)
    after = page.next
  } while (after !== undefined)
}
