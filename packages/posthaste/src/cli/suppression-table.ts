import type { Suppression } from '../store/store.ts'
import { moment } from './moments.ts'
import type { Output } from './output.ts'
import { table } from './table.ts'

export function suppressionTable(out: Output, entries: readonly Suppression[]): string {
  return table(
    out,
    [
      { title: 'ADDRESS', of: ({ address }) => address, shrinks: true },
      { title: 'STREAM', of: ({ stream }) => stream || 'every' },
      { title: 'REASON', of: ({ reason }) => reason },
      { title: 'ORIGIN', of: ({ origin }) => origin },
      { title: 'SINCE', of: ({ createdAt }) => moment(createdAt) },
      { title: 'UNTIL', of: ({ expiresAt }) => moment(expiresAt) },
      { title: 'NOTE', of: ({ note }) => note ?? '', shrinks: true },
    ],
    entries,
  )
}
