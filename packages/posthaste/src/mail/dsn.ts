import { isNot, type Reader, readAt } from '../input/reader.ts'
import { Refusal } from '../input/refusal.ts'
import { optional, table } from '../input/table.ts'
import { choice, text } from '../input/values.ts'

const lowered =
  <T>(read: Reader<T>): Reader<T> =>
  (value) =>
    read(typeof value === 'string' ? value.toLowerCase().trim() : value)
const event = lowered(choice(['never', 'success', 'failure', 'delay']))
const returned = lowered(choice(['headers', 'hdrs', 'full', 'body']))
const word = text({ max: 100 })

/** Delivery status notifications (RFC 3461), by either name that Nodemailer has for each. */
export const dsn = table({
  ret: optional(returned),
  return: optional(returned),
  id: optional(word),
  envid: optional(word),
  notify: optional(notify),
  recipient: optional(text({ max: 500 })),
  orcpt: optional(text({ max: 500 })),
})

function notify(value: unknown): readonly string[] {
  const given = typeof value === 'string' ? value.split(',') : value
  if (!Array.isArray(given) || given.length > 4)
    throw isNot(value, 'a list of never, success, failure, delay')
  const events = given.map((one, index) => readAt(index, () => event(one)))
  if (events.length > 1 && events.includes('never'))
    throw new Refusal("holds 'never' beside others, which exclude each other")
  return events
}
