import type { Row } from '../connections/database.ts'
import { latestInstant } from '../input/time.ts'

/** No count that is stored can be larger. */
const most = 1_000_000_000

/**
 * One row that was read back. A person may have edited it by hand: what a column cannot hold is noted by its name, and
 * another value stands for it, so that nothing behind this throws or computes with it.
 */
export class StoredRow {
  /** Columns that cannot be read. */
  readonly faults: string[] = []
  readonly #row: Row

  constructor(row: Row) {
    this.#row = row
  }

  text(name: string): string {
    return this.textOrNull(name) ?? this.#fault(name, '')
  }

  textOrNull(name: string): string | null {
    const value = this.#row[name]
    if (value === null || value === undefined) return null
    return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
      ? String(value)
      : this.#fault(name, null)
  }

  count(name: string): number {
    return this.countOrNull(name) ?? this.#fault(name, 0)
  }

  countOrNull(name: string): number | null {
    return this.#integer(name, most)
  }

  /** Milliseconds since 1970. */
  time(name: string): number {
    return this.timeOrNull(name) ?? this.#fault(name, 0)
  }

  timeOrNull(name: string): number | null {
    return this.#integer(name, latestInstant)
  }

  date(name: string): Date {
    return new Date(this.time(name))
  }

  dateOrNull(name: string): Date | null {
    const time = this.timeOrNull(name)
    return time === null ? null : new Date(time)
  }

  /** One that cannot be read is 0, as the database itself takes it when it makes the next one. */
  token(name: string): number {
    const token = integerOf(this.#row[name])
    return token !== undefined && token >= 0 && token < Number.MAX_SAFE_INTEGER ? token : 0
  }

  /** Of SMTP, or a status of HTTP; of what is none nothing depends. */
  code(name: string): number | null {
    return integerOf(this.#row[name]) ?? null
  }

  flag(name: string): boolean {
    const value = this.#row[name]
    const number = typeof value === 'boolean' ? Number(value) : integerOf(value)
    return number === 0 || number === 1 ? number === 1 : this.#fault(name, false)
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
    return this.oneOfOrNull(name, allowed) ?? this.#fault(name, otherwise)
  }

  oneOfOrNull<T extends string>(name: string, allowed: readonly T[]): T | null {
    const value = this.textOrNull(name)
    if (value === null) return null
    return allowed.find((one) => one === value) ?? this.#fault(name, null)
  }

  /** Null where there is none, or it does not parse. */
  json(name: string): unknown {
    const value = this.#row[name] ?? null
    return value === null ? null : (parseJson(value) ?? this.#fault(name, null))
  }

  bytesOrNull(name: string): Buffer | null {
    const value = this.#row[name] ?? null
    return value === null ? null : (bytesOrNull(value) ?? this.#fault(name, null))
  }

  #integer(name: string, largest: number): number | null {
    const value = this.#row[name] ?? null
    if (value === null) return null
    const number = integerOf(value)
    return number !== undefined && number >= 0 && number <= largest ? number : this.#fault(name, null)
  }

  #fault<T>(name: string, otherwise: T): T {
    if (!this.faults.includes(name)) this.faults.push(name)
    return otherwise
  }
}

/** Drivers give large integers as texts or as BigInt. */
function integerOf(value: unknown): number | undefined {
  if (typeof value === 'string' && !/^-?\d{1,20}$/.test(value)) return undefined
  const number = ['number', 'bigint', 'string'].includes(typeof value) ? Number(value) : Number.NaN
  return Number.isInteger(number) ? number : undefined
}

export function bytesOrNull(value: unknown): Buffer | null {
  if (!(value instanceof Uint8Array)) return null
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** The value of JSON text; undefined where it does not parse, for it may have been edited by hand. */
export function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

export function listOf<T>(value: unknown): T[] {
  const list = parseJson(value)
  return Array.isArray(list) ? list : []
}

/** The texts of a list; whatever else is in it is left out. */
export function textsOf(value: unknown): string[] {
  return listOf<unknown>(value).filter((one) => typeof one === 'string')
}

export function groupBy(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}
