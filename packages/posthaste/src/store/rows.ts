import type { Row } from '../connections/database.ts'

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

export function bytesOrNull(value: unknown): Buffer | null {
  if (!(value instanceof Uint8Array)) return null
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** JSON text as somebody may have broken it by hand: undefined where it does not parse. */
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

export function dateOrNull(value: unknown): Date | null {
  return value === null || value === undefined ? null : new Date(Number(value))
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
