/** What other libraries call an option, and what to write instead: an option in quotes, or a sentence. */
export type ForeignNames = Readonly<Record<string, string>>

/** How close a name may be to be meant: a third of its letters, at most three. */
const closeness = (name: string) => Math.min(3, Math.max(1, Math.floor(name.length / 3)))
const longest = 60

/** Says which known name was probably meant; '' where none is close. */
export function nearMiss(name: string, known: readonly string[], foreign: ForeignNames = {}): string {
  const plain = normalised(name)
  for (const [theirs, ours] of Object.entries(foreign))
    if (normalised(theirs) === plain) return ours.startsWith("'") ? `; here it is ${ours}` : `: ${ours}`
  const near = nearest(plain, known)
  return near === undefined ? '' : `; did you mean '${near}'?`
}

/** The closest known name, if any is close enough. */
function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > longest) return undefined
  const plain = normalised(name)
  let best: string | undefined
  let least = closeness(plain) + 1
  for (const candidate of known) {
    const distance = distanceOf(plain, normalised(candidate))
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** A name that was cut short, or goes on, is as close as one wrong letter. */
function distanceOf(a: string, b: string): number {
  const begins = Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a))
  return begins ? 1 : editDistance(a, b)
}

/** `reply_to`, `Reply-To` and `replyTo` are one name. */
function normalised(name: string): string {
  return name.replace(/[_\s-]/g, '').toLowerCase()
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) row.push(cell(a, b, { rows, row, i, j }))
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? a.length
}

interface At {
  readonly rows: readonly (readonly number[])[]
  readonly row: readonly number[]
  readonly i: number
  readonly j: number
}

function cell(a: string, b: string, { rows, row, i, j }: At): number {
  const above = rows[i - 1] ?? []
  const same = a[i - 1] === b[j - 1]
  const least = Math.min((above[j] ?? i) + 1, (row[j - 1] ?? j) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1))
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return swapped ? Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1) : least
}
