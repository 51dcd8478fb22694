/** Fields of a mail whose value is content: text, bytes, a stream, or an object that holds or names it. */
export const contentFields = ['text', 'html', 'watchHtml', 'amp', 'icalEvent', 'raw'] as const
/** Fields that hold a list of content objects. */
export const contentLists = ['attachments', 'alternatives'] as const
/** Keys of a content object whose value is itself content. */
export const innerContent = ['content', 'raw'] as const

export function isContentField(key: string): boolean {
  return (contentFields as readonly string[]).includes(key)
}

export function isContentList(key: string): boolean {
  return (contentLists as readonly string[]).includes(key)
}

export function isInnerContent(key: string): boolean {
  return (innerContent as readonly string[]).includes(key)
}

export type PlainObject = Record<string, unknown>

export function isObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A Node.js stream, of any age and from any package. */
export function isStream(value: unknown): value is NodeJS.ReadableStream {
  return isObject(value) && typeof value.pipe === 'function'
}
