import { cleanText, entriesOf, peek, textIn } from '../../foreign.ts'

/** Where SDKs and HTTP clients keep what the provider answered. */
export function answerBodies(error: unknown): unknown[] {
  return [
    peek(error, 'response', 'body'),
    peek(error, 'response', 'data'),
    peek(error, 'body'),
    peek(error, 'data'),
    peek(error, 'error'),
  ].flatMap((body) => {
    const parsed = typeof body === 'string' ? parsedJson(body) : body
    return typeof parsed === 'object' && parsed !== null ? [parsed] : []
  })
}

/** The provider's reasons in words: what the SDK says, unless that only repeats the status, and what stands in the answer. */
export function reasonsIn(error: unknown, text: string): string {
  const bodies = answerBodies(error)
  const details = [peek(error, 'details'), peek(error, 'detail')].flatMap(sentences)
  const found = [...details, ...bodies.flatMap(bodyReasons)].filter((one) => one !== text)
  const unique = [...new Set(found)].filter((one) => !text.includes(one))
  if (unique.length === 0) return text
  return cleanText(generic.test(text) ? unique.join('; ') : [text, ...unique].join('; '))
}

function bodyReasons(body: unknown): string[] {
  const plain = ['message', 'Message', 'error_description', 'detail', 'details', 'title', 'reason']
  return [
    ...plain.flatMap((key) => sentences(peek(body, key))),
    ...sentences(peek(body, 'error')),
    ...sentences(peek(body, 'errors')),
  ]
}

/** A text, an object with a message (and the field it speaks of), or a list of such. */
function sentences(value: unknown): string[] {
  if (typeof value === 'string') return [textIn(value) ?? []].flat()
  if (Array.isArray(value)) return entriesOf(value, 10).flatMap((one) => sentenceOf(one) ?? [])
  return [sentenceOf(value) ?? []].flat()
}

function sentenceOf(value: unknown): string | undefined {
  const text =
    textIn(value, 500) ?? textIn(peek(value, 'message'), 500) ?? textIn(peek(value, 'Message'), 500)
  const field = textIn(peek(value, 'field'), 100)
  return text && field ? `${text} (${field})` : text
}

function parsedJson(text: string): unknown {
  if (text.length > 100_000 || !text.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Nothing but the status, in words. */
const generic =
  /^(?:bad request|unauthorized|payment required|forbidden|not found|conflict|too many requests|unprocessable (?:entity|content)|internal server error|bad gateway|service unavailable|gateway time-?out|request failed with status code \d{3}|unexpected status code:? \d{3}|http request failed|status code:? ?\d{3}|it failed .*)\.?$/i
