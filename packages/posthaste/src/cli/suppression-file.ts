import { type SuppressOptions, suppressionKey } from '../queue/suppressions.ts'
import type { Suppression } from '../store/store.ts'
import { csvField, parseCsv } from './csv.ts'
import { WrongCall } from './wrong-call.ts'

export const csvColumns = ['address', 'stream', 'reason', 'origin', 'note', 'expiresAt'] as const

type Entry = { address: string } & SuppressOptions
type Cells = Partial<Record<(typeof csvColumns)[number], string>>

/**
 * Reads an address to a line, or CSV; its columns are named by its first line, else those that export writes. Entries that have expired are
 * left out.
 *
 * @throws {WrongCall} naming the first line that is wrong
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
  const expiresAt = entry.expiresAt === null ? '' : new Date(entry.expiresAt).toISOString()
  return csvColumns
    .map((column) => csvField(column === 'expiresAt' ? expiresAt : (entry[column] ?? '')))
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
    throw new WrongCall(`line ${line}: '${cells.expiresAt}' is not an instant`)
  if (expiresAt !== undefined && expiresAt <= now) return []
  return [
    {
      address: addressOf(cells.address ?? '', line),
      reason: cells.reason || reason,
      ...(cells.origin ? { origin: cells.origin } : {}),
      ...(cells.note ? { note: cells.note } : {}),
      ...(cells.stream ? { stream: cells.stream } : {}),
      ...(expiresAt === undefined ? {} : { expiresIn: expiresAt - now }),
    },
  ]
}

function addressOf(text: string, line: number): string {
  try {
    return suppressionKey(text)
  } catch {
    throw new WrongCall(`line ${line}: '${text}' is neither an address nor @domain; nothing was stored`)
  }
}
