import type { TransportRow } from '../store/store.ts'
import { moment } from './moments.ts'
import type { Output } from './output.ts'
import { table } from './table.ts'

export function transportTable(out: Output, rows: readonly TransportRow[], now: number): string {
  if (rows.length === 0) return 'no transport is configured'
  const rests = ({ restUntil }: TransportRow) => (restUntil ?? 0) > now
  return table(
    out,
    [
      { title: 'TRANSPORT', of: ({ name }) => name },
      {
        title: 'STATE',
        of: (row) => (rests(row) ? 'resting' : 'ready'),
        color: (row, text) => (rests(row) ? out.colors.yellow(text) : out.colors.green(text)),
      },
      { title: 'UNTIL', of: (row) => (rests(row) ? moment(row.restUntil) : '–') },
      { title: 'FAULTS', of: ({ faults }) => faults, right: true },
      { title: 'REASON', of: ({ reason }) => reason ?? '', shrinks: true },
    ],
    rows,
  )
}
