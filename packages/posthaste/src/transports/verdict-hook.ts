import type { Meaning } from './classify.ts'
import { classify } from './classify.ts'
import type { Dispatch } from './transport.ts'

/** What the `classify` hook is told of the mail. */
export type ClassifiedMail = Pick<Dispatch, 'id' | 'messageId' | 'stream' | 'tenant' | 'attempt' | 'envelope'>

/**
 * May overrule what an error means: the mail is to be tried again, can never be delivered, or the transport is in trouble and the mail
 * is innocent. Undefined keeps our own reading; so does a hook that throws.
 *
 * @example
 * classify: (error) => (error instanceof MyQuotaError ? 'transport' : undefined)
 */
export type ClassifyHook = (
  error: unknown,
  mail: ClassifiedMail,
) => 'deferred' | 'rejected' | 'transport' | undefined

/** {@link classify}, then the user's hook; `overruled` when the hook had a word to say. */
export function meaningOf(
  error: unknown,
  mail: ClassifiedMail,
  hook: ClassifyHook | undefined,
): Meaning & { readonly overruled?: true } {
  const meaning = classify(error)
  const { fault, ...innocent } = meaning
  switch (askHook(error, mail, hook)) {
    case 'deferred':
      return { ...innocent, verdict: 'deferred', overruled: true }
    case 'rejected':
      return { ...innocent, verdict: 'rejected', overruled: true }
    case 'transport':
      return {
        ...meaning,
        verdict: 'deferred',
        overruled: true,
        fault: fault ?? { kind: 'connection', reply: meaning.reply, message: meaning.reply.text },
      }
    default:
      return meaning
  }
}

function askHook(error: unknown, mail: ClassifiedMail, hook: ClassifyHook | undefined) {
  try {
    return hook?.(error, mail)
  } catch {
    return undefined
  }
}
