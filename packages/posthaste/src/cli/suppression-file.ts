import { cleanText } from '../foreign.ts'
import type { Suppression } from '../queue/records.ts'
import { type SuppressOptions, suppressionKey } from '../queue/suppressions.ts'
import { cleanLines } from './output.ts'
import { UsageError } from './report.ts'

export const csvColumns = ['address', 'stream', 'reason', 'origin', 'note', 'expiresAt', 'tenant'] as const

type Entry = { address: string } & SuppressOptions
type Cells = Partial<Record<(typeof csvColumns)[number], string>>

/**
 * Reads an address to a line, or CSV; its columns are named by its first line, else those that export writes. Entries that have expired are
 * left out.
 *
 * @throws {UsageError} naming the first line that is wrong
 */
export function readSuppressions(text: string, defaults: { reason: string; now: number }): Entry[] {
  const records = parseCsv(text)
  const titles = records[0]?.fields.map((title) => title.toLowerCase()) ?? []
  const titled = titles.some((title) => title === 'address' || title === 'email')
  const columns = titled ? titles.map(columnOf) : csvColumns
  return records.slice(titled ? 1 : 0).flatMap(({ line, fields }) => {
    const cells: Cells = Object.fromEntries(fields.map((value, at) => [columns[at] ?? '', value]))
    return entryOf(cells, { ...defaults, line })
  })
}

/** One entry as a line of CSV. */
export function csvLine(entry: Suppression): string {
  const expiresAt = entry.expiresAt?.toISOString() ?? ''
  return csvColumns
    .map((column) => csvField(column === 'expiresAt' ? expiresAt : cleanLines(entry[column] ?? '')))
    .join(',')
}

function columnOf(title: string): string {
  return title === 'email' ? 'address' : (csvColumns.find((column) => column.toLowerCase() === title) ?? '')
}

function entryOf(
  cells: Cells,
  { reason, now, line }: { reason: string; now: number; line: number },
): Entry[] {
  const expiresAt = cells.expiresAt ? Date.parse(cells.expiresAt) : undefined
  if (expiresAt !== undefined && Number.isNaN(expiresAt))
    throw new UsageError(`line ${line}: '${cells.expiresAt}' is not an instant`)
  if (expiresAt !== undefined && expiresAt <= now) return []
  return [
    {
      address: addressOf(cells.address ?? '', line),
      reason: cells.reason || reason,
      ...(cells.origin ? { origin: cells.origin } : {}),
      ...(cells.note ? { note: cells.note } : {}),
      ...(cells.stream ? { stream: cells.stream } : {}),
      ...(cells.tenant ? { tenant: cells.tenant } : {}),
      ...(expiresAt === undefined ? {} : { expiresIn: expiresAt - now }),
    },
  ]
}

function addressOf(text: string, line: number): string {
  try {
    return suppressionKey(text)
  } catch {
    throw new UsageError(
      `line ${line}: '${cleanText(text, 320)}' is neither an address nor @domain; nothing was stored`,
    )
  }
}

/** The records of a CSV text (RFC 4180), each with the line that it begins on; empty lines are none. */
export function parseCsv(text: string): { line: number; fields: string[] }[] {
  const records: { line: number; fields: string[] }[] = []
  let line = 1
  let begin = 1
  let fields: string[] = []
  for (const [whole, quoted, bare = '', end] of text.replace(/^\ufeff/, '').matchAll(field)) {
    if (fields.length === 0) begin = line
    fields.push(quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"'))
    if (end !== ',') {
      if (fields.some((value) => value !== '')) records.push({ line: begin, fields })
      fields = []
    }
    line += whole.split('\n').length - 1
    if (end === '') break
  }
  return records
}

// A field in quotes or bare, and what ends it: a comma, a line's end, the text's end.
const field = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^,\r\n]*))(,|\r?\n|\r|$)/g

export function csvField(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
