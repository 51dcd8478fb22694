import { PosthasteError } from '../errors.ts'
import { isPiece } from './piece.ts'

/** Of the calendar itself; of its components only the text of a property could look like it (RFC 5545 §3.7.2). */
const methodLine = /^METHOD(?:;[^:\r\n]{0,200})?:[ \t]*([A-Za-z-]{1,40})[ \t\r]*$/m

/**
 * The event with the method that its content names: Nodemailer writes PUBLISH where none is given, and Outlook refuses a part that contradicts its content.
 *
 * @throws {PH_MAIL_INVALID} it has another method than its content
 */
export function withMethod(event: unknown, text: string | undefined): unknown {
  const named = methodLine.exec(text ?? '')?.[1]
  if (named === undefined) return event
  if (isPiece(event)) return { content: event, method: named }
  const { method } = event as { method?: unknown }
  if (!method) return { ...(event as object), method: named }
  if (String(method).toLowerCase() !== named.toLowerCase())
    throw new PosthasteError('PH_MAIL_INVALID', `icalEvent.method is not ${named}, which its content says`)
  return event
}
