import type { ContentSource } from './content-source.ts'

/** Lets the mails of one call share what they share: the same Buffer or stream in many mails becomes one source, stored once. */
export interface ContentCache {
  readonly bodies: WeakMap<object, ContentSource | Uint8Array>
}

export function createContentCache(): ContentCache {
  return { bodies: new WeakMap() }
}
