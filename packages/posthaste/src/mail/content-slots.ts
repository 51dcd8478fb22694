import { types } from 'node:util'
import { detectExtension, detectMimeType } from 'nodemailer/lib/mime-funcs'
import { parseDataURI } from 'nodemailer/lib/shared'
import { PosthasteError } from '../errors.ts'
import {
  contentFields,
  contentLists,
  innerContent,
  isObject,
  isStream,
  type PlainObject,
} from './content-fields.ts'
import { isStoredContent } from './content-source.ts'

/** A place in the mail where content stands that is still to be read. */
export interface Slot {
  readonly holder: PlainObject
  readonly key: string
  /** For messages: `attachments[0].content`. */
  readonly field: string
  /** Bytes here may be streamed out: Nodemailer need not look at them to choose an encoding. */
  readonly streamable: boolean
}

/** A copy of the mail whose content may be replaced, and where that content is. Names and types that Nodemailer takes from a path or URL are written out. */
export function planSlots(mail: PlainObject): { tree: PlainObject; slots: Slot[] } {
  const tree = { ...mail }
  const slots: Slot[] = []
  for (const field of contentFields) planField(tree, field, slots)
  for (const field of contentLists) {
    // Nodemailer reads false like nothing.
    if (!tree[field]) delete tree[field]
    if (!tree[field]) continue
    const list = (Array.isArray(tree[field]) ? tree[field] : [tree[field]]) as PlainObject[]
    tree[field] = list.map((given, index) =>
      planPart({ ...given }, { field: `${field}[${index}]`, index, list: field }, slots),
    )
  }
  return { tree, slots }
}

function planField(tree: PlainObject, field: string, slots: Slot[]): void {
  const value = tree[field]
  if (!value) return
  // Bytes and streams first: a file stream has a `path` too, and Nodemailer would read the file by it.
  if (isBare(value) || (field === 'raw' && isObject(value))) {
    slots.push({ holder: tree, key: field, field, streamable: field === 'raw' })
  } else tree[field] = planPart({ ...(value as PlainObject) }, { field, index: 0, list: undefined }, slots)
}

interface PartPlace {
  readonly field: string
  readonly index: number
  readonly list: (typeof contentLists)[number] | undefined
}

function planPart(part: PlainObject, place: PartPlace, slots: Slot[]): PlainObject {
  takeEncodedUri(part)
  inlineDataUri(part, place.field)
  if (part.path || part.href) takePlaceName(part, place)
  for (const key of innerContent) {
    if (!part[key]) continue
    const streamable = key === 'raw' || (place.list === 'attachments' && isSentAsBase64(part))
    slots.push({ holder: part, key, field: `${place.field}.${key}`, streamable })
  }
  return part
}

/** A browser gives a file as a data: URI; as base64 it would be garbage from its first letter on. */
function takeEncodedUri(part: PlainObject): void {
  const { content, encoding } = part
  if (typeof content !== 'string' || !/^base64$/i.test(String(encoding))) return
  if (!/^data:[^,]{0,1000};base64,/i.test(content)) return
  part.path = content
  for (const key of ['content', 'encoding']) delete part[key]
}

/** Nodemailer's own reading of a data: URI, but that a malformed one is refused. */
function inlineDataUri(part: PlainObject, field: string): void {
  const uri = part.path || part.href
  if (typeof uri !== 'string' || !/^data:/i.test(uri)) return
  const parsed = parseDataURI(uri.replace(/^data:/i, 'data:'))
  if (!parsed) throw new PosthasteError('PH_MAIL_INVALID', `${field} holds a data: URI without a comma`)
  if (!part.raw) part.content = parsed.data
  part.contentType = part.contentType || parsed.contentType
  dropLocation(part)
}

/** A path or URL becomes `content`; what Nodemailer would read from its name is written out first. */
function takePlaceName(part: PlainObject, { list, index }: PartPlace): void {
  const path = String(part.path || '')
  const named = String(part.filename || path || part.href || '')
  if (list) part.contentType = part.contentType || detectMimeType(named)
  if (list === 'attachments') part.filename = attachmentName(part, index)
  const { href, httpHeaders, tls } = part
  if (!part.raw)
    part.content = path && !/^https?:\/\//i.test(path) ? { path } : { href: path || href, httpHeaders, tls }
  dropLocation(part)
}

function attachmentName(part: PlainObject, index: number): unknown {
  if (part.filename || part.filename === false || /^message\//i.test(String(part.contentType)))
    return part.filename
  const last = String(part.path || part.href || '')
    .split(/[/\\]/)
    .pop()
    ?.split('?')
    .shift()
  const name = last || `attachment-${index + 1}`
  return name.includes('.') ? name : `${name}.${detectExtension(String(part.contentType))}`
}

/** Request headers and TLS options may hold secrets, and mean nothing once the content is at hand. */
function dropLocation(part: PlainObject): void {
  for (const key of ['path', 'href', 'httpHeaders', 'tls']) delete part[key]
}

function isSentAsBase64(part: PlainObject): boolean {
  if ('contentTransferEncoding' in part) return /^\s*base64\s*$/i.test(String(part.contentTransferEncoding))
  const type = String(part.contentType || detectMimeType(String(part.filename || 'bin')))
  return !/^message\//i.test(type)
}

function isBare(value: unknown): boolean {
  return !isObject(value) || isStream(value) || types.isUint8Array(value) || isStoredContent(value)
}
