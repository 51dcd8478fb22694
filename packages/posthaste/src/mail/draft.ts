import { types } from 'node:util'
import { fieldsOf } from '../input/fields.ts'
import { type Border, readInput } from '../input/reader.ts'
import { writeGroupsAsText } from './address-groups.ts'
import type { PlainObject } from './content-fields.ts'
import { copyMail } from './copy-mail.ts'
import { type DraftRecipient, envelopeOf } from './envelope.ts'
import { fieldOrHeader, headerText } from './header-entries.ts'
import { unfoldHeaders } from './header-safety.ts'
import type { Mail } from './mail.ts'
import { readDate } from './mail-date.ts'
import { refuseUnknownFields } from './mail-fields.ts'
import { bracketed, generateMessageId, isMessageId } from './message-id.ts'
import { decodeWords, rawHeader } from './raw-header.ts'
import { isPriority, refuseForeignKeys, validateShape } from './validate-mail.ts'

/** A mail that was checked and copied: what the user does to their object afterwards changes nothing. Streams are not read yet. */
export interface Draft {
  readonly id: string
  /** The copy, as given: generated values stand in {@link pins}. */
  readonly mail: PlainObject
  /** In angle brackets. For `raw` from a stream, known once resolved. */
  readonly messageId: string
  /** Of the Date header. */
  readonly date: Date
  /** As a person reads it; well-formed Unicode; '' where there is none. */
  readonly subject: string
  /** '' is the null sender. */
  readonly sender: string
  /** At least one, each address once. */
  readonly recipients: readonly DraftRecipient[]
  /** The mail's own priority header, if it asks for one. */
  readonly priority: 'high' | 'normal' | 'low' | undefined
  /** What the mail left open and every attempt must share. */
  readonly pins: Pins
}

export interface Pins {
  readonly messageId?: string
  readonly date?: Date
  readonly baseBoundary?: string
}

export interface DraftGiven {
  /** Fields that the mail leaves open. @default {} */
  readonly defaults?: Mail | undefined
  /** The mail's id, a UUID. */
  readonly id: string
  readonly now: Date
  readonly sendAt?: Date | undefined
  /** For the Message-ID of a mail without a sender. @default 'localhost' */
  readonly hostname?: string | undefined
}

/**
 * Checks and copies a mail. Synchronous, and nothing is read: streams, files and URLs are for {@link resolveDraft}.
 *
 * @throws {PH_MAIL_INVALID} {PH_ADDRESS_INVALID} {PH_NO_RECIPIENTS} {PH_HEADER_INJECTION} {PH_NOT_STORABLE} {PH_SECRET_IN_MAIL} {PH_OPTION_IN_MAIL}
 */
export function draftMail(given: Mail, { defaults = {}, id, now, sendAt, hostname }: DraftGiven): Draft {
  const mail = checkedMail(given, defaults)
  const { sender, recipients } = envelopeOf(mail)
  const stated = statedMessageId(mail)
  const messageId = stated ?? generateMessageId(id, sender, hostname)
  const date = readDate(mail.date)
  if (date) mail.date = date.header
  const dated = date ?? readHeaderDate(mail)
  const draft: Draft = {
    id,
    mail,
    messageId,
    date: dated?.date ?? sendAt ?? now,
    subject: subjectOf(mail),
    sender,
    recipients,
    priority: isPriority(mail.priority)
      ? (mail.priority.toLowerCase() as 'high' | 'normal' | 'low')
      : undefined,
    pins: {
      ...(!stated && { messageId }),
      ...(!dated && { date: sendAt ?? now }),
      ...(!mail.baseBoundary && { baseBoundary: id.replaceAll('-', '').slice(-16) }),
    },
  }
  const raw = bareRaw(mail)
  return raw ? withRawHeader(draft, raw) : draft
}

function checkedMail(given: unknown, defaults: Mail): PlainObject {
  const mail = readInput((value) => copyOf(value, defaults), given, border)
  unfoldHeaders(mail)
  validateShape(mail)
  writeGroupsAsText(mail)
  return mail
}

const border: Border = { unknown: 'PH_MAIL_INVALID', invalid: 'PH_MAIL_INVALID', noun: 'field', at: 'mail' }

/** Reads the mail, once: everything after this looks at the copy. */
function copyOf(given: unknown, defaults: Mail): PlainObject {
  const mail = { ...defaults, ...fieldsOf(given) }
  refuseForeignKeys(mail)
  refuseUnknownFields(mail)
  return copyMail(mail)
}

function statedMessageId(mail: PlainObject): string | undefined {
  const stated = bareRaw(mail) ? undefined : headerText(fieldOrHeader(mail, 'messageId', 'message-id'))
  return stated && bracketed(stated, 'messageId')
}

function bareRaw({ raw }: PlainObject): string | Uint8Array | undefined {
  return typeof raw === 'string' || types.isUint8Array(raw) ? raw : undefined
}

/** The draft of a raw message, read from its header. A Message-ID that is not valid stays as it is: the message cannot be changed. */
export function withRawHeader(draft: Draft, raw: string | Uint8Array): Draft {
  const messageId = rawHeader(raw, 'message-id')
  const subject = draft.mail.subject ? undefined : rawHeader(raw, 'subject')
  const { messageId: _, ...pins } = draft.pins
  return {
    ...draft,
    ...(messageId && isMessageId(messageId) && { messageId: bracketed(messageId, 'raw'), pins }),
    ...(subject && { subject: readable(decodeWords(subject)) }),
  }
}

function readHeaderDate(mail: PlainObject): { date: Date } | undefined {
  const value = fieldOrHeader(mail, 'date')
  if (!value) return undefined
  return readDate(types.isDate(value) ? value : headerText(value))
}

function subjectOf(mail: PlainObject): string {
  return readable(String(mail.subject || headerText(fieldOrHeader(mail, 'subject')) || ''))
}

function readable(subject: string): string {
  return subject.toWellFormed().replace(/[\0\r\n]+/g, ' ')
}
