import type { Dispatch } from '../transport.ts'
import type { Meaning } from './classify.ts'
import { classify } from './classify.ts'

/** What the `classify` hook is told of the mail. */
export type ClassifiedMail = Pick<Dispatch, 'id' | 'messageId' | 'stream' | 'tenant' | 'attempt' | 'envelope'>

/**
 * May overrule what an error means: the mail is to be tried again, can never be delivered, or the transport is in trouble and the mail
 * is innocent. Undefined, and whatever else it returns, keeps our own reading; so does a hook that throws.
 *
 * @example
 * classify: (error) => (error instanceof MyQuotaError ? 'transport' : undefined)
 */
export type ClassifyHook = (
  error: unknown,
  mail: ClassifiedMail,
) => 'deferred' | 'rejected' | 'transport' | undefined

/** {@link classify}, then the user's hook; `overruled` when the hook had a word to say. */
export function meaningWithHook(
  error: unknown,
  mail: ClassifiedMail,
  hook: ClassifyHook | undefined,
): Meaning & { readonly overruled?: true } {
  const meaning = classify(error)
  const { fault, proven: _, ...innocent } = meaning
  switch (askHook(error, mail, hook)) {
    case 'deferred':
      return { ...innocent, verdict: 'deferred', overruled: true }
    case 'rejected':
      return { ...innocent, verdict: 'rejected', proven: true, overruled: true }
    case 'transport':
      return {
        ...innocent,
        verdict: 'deferred',
        overruled: true,
        fault: {
          kind: 'connection',
          reply: meaning.reply,
          message: meaning.reply.text,
          ...fault,
          scope: 'transport',
        },
      }
    default:
      return meaning
  }
}

function askHook(error: unknown, mail: ClassifiedMail, hook: ClassifyHook | undefined): unknown {
  try {
    const answer: unknown = hook?.(error, mail)
    // A promise is not waited for, and its rejection must not end the process.
    if (typeof answer === 'object' && answer !== null) Promise.resolve(answer).catch(() => undefined)
    return answer
  } catch {
    return undefined
  }
}
