import { documentVersion } from './document.ts'

/** Receivers refuse or hide mail whose Date is older. Milliseconds. */
const oldAfter = 86_400_000

export interface LateDate {
  /** The document with its new Date. */
  readonly document: Buffer
  /** An attempt until then went with the Date that it replaces. Milliseconds since 1970. */
  readonly freshUntil: number
}

/** Whether a mail has waited so long that its Date may be too old. */
export function hasWaitedLong(sendAt: number, now: number): boolean {
  return now - sendAt > oldAfter
}

/**
 * The document of a mail that goes for the first time at `now`, over a day after its Date. Undefined where its Date stays: it is not as old, the
 * app set it, or the whole message is the app's.
 */
export function datedLate(document: Uint8Array, now: number): LateDate | undefined {
  const parsed = parse(document)
  const date = pinnedDate(parsed)
  if (!parsed || date === undefined || isRaw(parsed) || !hasWaitedLong(date, now)) return undefined
  const pins = { ...parsed.pins, date: { $: 'date', value: new Date(now).toISOString() } }
  return { document: Buffer.from(JSON.stringify({ ...parsed, pins })), freshUntil: date + oldAfter }
}

interface Parsed {
  readonly v?: unknown
  readonly mail?: { readonly raw?: unknown }
  readonly pins?: { readonly date?: { readonly value?: unknown } }
}

/** What cannot be read is for those to say who read all of it. */
function parse(document: Uint8Array): Parsed | undefined {
  try {
    const parsed = JSON.parse(new TextDecoder().decode(document)) as Parsed | null
    return parsed?.v === documentVersion ? parsed : undefined
  } catch {
    return undefined
  }
}

function pinnedDate(parsed: Parsed | undefined): number | undefined {
  const date = Date.parse(String(parsed?.pins?.date?.value))
  return Number.isNaN(date) ? undefined : date
}

function isRaw({ mail }: Parsed): boolean {
  const raw = mail?.raw as { $?: unknown } | null | undefined
  return Boolean(raw) && raw?.$ !== 'undefined'
}
