import { isObject } from './content-fields.ts'

export interface HeaderEntry {
  /** In lower case. */
  readonly key: string
  readonly value: unknown
}

/** The headers of a mail or of a part, in every form that Nodemailer takes: a map, one `{ key, value }`, or a list of these. */
function headerEntries(headers: unknown): HeaderEntry[] {
  if (Array.isArray(headers))
    return headers.flatMap((entry) => (isObject(entry) ? spread(entry.key, entry.value) : []))
  if (!isObject(headers)) return []
  if (headers.key && headers.value) return spread(headers.key, headers.value)
  return Object.entries(headers).flatMap(([key, value]) => spread(key, value))
}

function spread(key: unknown, value: unknown): HeaderEntry[] {
  if (Array.isArray(value)) return value.flatMap((one) => spread(key, one))
  return [
    {
      key: String(key ?? '')
        .replace(/[\s:]/g, '')
        .toLowerCase(),
      value,
    },
  ]
}

/** The field that Nodemailer will write: the mail's own, else one given among the headers. */
export function fieldOrHeader(mail: Record<string, unknown>, field: string, header = field): unknown {
  if (mail[field]) return mail[field]
  if (!mail.headers) return undefined
  const values = headerEntries(mail.headers).filter((entry) => entry.key === header)
  return values.length > 1 ? values.map((entry) => entry.value) : values[0]?.value
}

/** The text of a header value, which may be `{ value, prepared }`. */
export function headerText(value: unknown): string | undefined {
  const inner = isObject(value) ? value.value : Array.isArray(value) ? headerText(value[0]) : value
  return inner === undefined || inner === null || inner === '' ? undefined : String(inner)
}
