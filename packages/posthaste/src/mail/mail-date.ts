import { types } from 'node:util'
import { PosthasteError } from '../errors.ts'

const rfc5322 =
  /^(?:[A-Za-z]{3}, +)?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|[A-Z]{1,4})(?: \([\w ]*\))?$/
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/

/**
 * The Date header that the user set. Nodemailer writes text as it stands, and ISO 8601, which JSON makes of every Date, is no valid header: it
 * becomes a Date again. Text in the form of RFC 5322 stays as it is, offset and all.
 *
 * @throws {PH_MAIL_INVALID}
 */
export function readDate(value: unknown): { date: Date; header: Date | string } | undefined {
  if (value === undefined || value === null || value === '' || value === false) return undefined
  const date = types.isDate(value)
    ? value
    : typeof value === 'string' && isKnown(value)
      ? new Date(value)
      : new Date(Number.NaN)
  if (Number.isNaN(date.getTime())) {
    throw new PosthasteError(
      'PH_MAIL_INVALID',
      'date is neither a Date nor a date of RFC 5322 or ISO 8601 with an offset',
    )
  }
  return { date, header: typeof value === 'string' && rfc5322.test(value) ? value : date }
}

function isKnown(text: string): boolean {
  return text.length < 100 && (rfc5322.test(text) || iso.test(text))
}
