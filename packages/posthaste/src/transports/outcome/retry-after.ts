import { numberIn, peek, textIn } from '../../foreign.ts'

/** No server is left alone for longer than this because it asked for it. Milliseconds. */
const longest = 86_400_000

/** The wait that the other side asked for, in milliseconds: of a header (RFC 9110 §10.2.3), else of the text. */
export function retryAfterIn(error: unknown, text: string): number | undefined {
  const wait = headerWait(error) ?? textWait(text)
  return wait === undefined ? undefined : Math.round(Math.min(longest, Math.max(0, wait)))
}

function headerWait(error: unknown): number | undefined {
  for (const headers of headersOf(error)) {
    const ms = numberIn(headerIn(headers, 'retry-after-ms') ?? headerIn(headers, 'x-ms-retry-after-ms'))
    if (ms !== undefined) return ms
    const wait = headerIn(headers, 'retry-after')
    if (wait !== undefined) return secondsOrDate(wait, headerIn(headers, 'date'))
  }
  const seconds = numberIn(peek(error, 'retryAfter')) ?? numberIn(peek(error, 'retryAfterInSeconds'))
  return seconds === undefined ? undefined : seconds * 1_000
}

function headersOf(error: unknown): unknown[] {
  const places = [
    peek(error, 'response', 'headers'),
    peek(error, 'headers'),
    peek(error, '$response', 'headers'),
    peek(error, 'error', 'headers'),
    peek(error, 'rawResponse', 'headers'),
  ]
  return places.filter((headers) => typeof headers === 'object' && headers !== null)
}

/** Of a `Headers`, an axios or Azure collection, or a plain object in lower or in title case. */
function headerIn(headers: unknown, name: string): string | undefined {
  const titled = name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
  return (
    textIn(got(headers, name), 60) ??
    textIn(peek(headers, name), 60) ??
    textIn(peek(headers, titled), 60) ??
    textIn(peek(headers, name, 0), 60)
  )
}

function got(headers: unknown, name: string): unknown {
  try {
    const get = peek(headers, 'get')
    return typeof get === 'function' ? get.call(headers, name) : undefined
  } catch {
    return undefined
  }
}

// A date is read against the other side's own clock; without that it cannot be told from ours being wrong.
function secondsOrDate(wait: string, date: string | undefined): number | undefined {
  const seconds = numberIn(wait)
  if (seconds !== undefined) return seconds * 1_000
  const ms = Date.parse(wait) - Date.parse(date ?? '')
  return Number.isFinite(ms) ? ms : undefined
}

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

// "Greylisted, try again in 5 minutes", "temporarily banned for 1 hour": but not "500 in 24 hours exceeded", which is no wait.
function textWait(text: string): number | undefined {
  const found = waiting.exec(text)
  const unit = units[found?.[2]?.toLowerCase() ?? '']
  return unit === undefined ? undefined : Number(found?.[1]) * unit
}

const waiting =
  /\b(?:try|retry|again|wait|later|back|banned|blocked|suspended|gr[ae]ylisted|see you)\b[^.;\d]{0,30}\b(\d{1,5}) ?(s|m|h|d)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?|ays?)?\b/i
