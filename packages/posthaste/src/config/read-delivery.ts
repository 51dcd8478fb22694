import { isNot } from '../input/reader.ts'
import { Refusal } from '../input/refusal.ts'
import { optional, table, withDefault } from '../input/table.ts'
import { list, text } from '../input/values.ts'
import type { Redirect } from '../transports/redirect.ts'

const redirect = table(
  {
    redirectTo: optional(text({ max: 1_000 })),
    allow: withDefault<readonly string[]>([], list(text({ max: 320 }), { max: 1_000 })),
  },
  { foreign: { to: "'redirectTo'", address: "'redirectTo'", allowed: "'allow'", except: "'allow'" } },
)

/** Whether mail really goes. */
export function delivery(value: unknown): 'live' | 'capture' | Redirect {
  if (value === 'live' || value === 'capture') return value
  if (typeof value !== 'object' || value === null)
    throw isNot(value, "'live', 'capture' or { redirectTo: ADDRESS }")
  const { redirectTo, allow } = redirect(value)
  if (redirectTo === undefined || !/^[^@]*@[^@]*$/.test(redirectTo))
    throw new Refusal('is not one address').prefix('redirectTo')
  return { redirectTo, allow }
}
