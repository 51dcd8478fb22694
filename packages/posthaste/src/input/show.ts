import { types } from 'node:util'

const longest = 40
const controls = /[\p{Cc}\u2028\u2029]/gu

/** A value as an error message may name it: never long, never run, and no text that may hold a credential. */
export function show(value: unknown): string {
  if (typeof value === 'string') return showText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  if (types.isProxy(value)) return 'an object'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (types.isDate(value))
    return Number.isNaN(Date.prototype.getTime.call(value)) ? 'an invalid Date' : 'a Date'
  return 'an object'
}

function showText(text: string): string {
  if (text === '') return 'empty'
  if (/:\/\/|@/.test(text.slice(0, 1_000))) return 'a text that may hold a secret'
  return JSON.stringify(shorten(text))
}

/** The name of an option, which may be the caller's own, such as a stream's. */
export function shortName(name: string): string {
  return shorten(name)
}

function shorten(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text
  return cut.toWellFormed().replace(controls, '\ufffd')
}
