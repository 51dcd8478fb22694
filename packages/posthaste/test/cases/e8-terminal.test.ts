import { expect, test } from 'vitest'
import { callHere } from '../support/cli.ts'
import { freshDatabase } from '../support/databases.ts'
import { openLine } from '../support/line.ts'

const evil = '\u001b]0;hacked\u0007\u009b31m\u202e'
const steers = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

/** Neighbours: notes and origins, JSON, errors of each kind, and what a command forgot to clean. */
test('E8: nothing that strangers wrote steers the terminal', async () => {
  await using line = await openLine((await freshDatabase('sqlite')).url)
  const { database } = await line.parts.connection.ready()
  await line.mail.suppressions.add('ada@example.com', { note: 'plain' })
  await database.query('update posthaste_suppression set address_key = ?, note = ?, origin = ?', [
    `${evil}@example.com`,
    evil,
    `${evil}\u001b[31mred`,
  ])
  const env = { POSTHASTE_DATABASE_URL: database.file && `sqlite:${database.file}` }
  const calls = [
    ['suppress', 'export'],
    ['suppress', 'export', '--format', 'lines'],
    ['suppress', 'export', '--json'],
    ['suppress', 'list'],
    ['suppress', 'list', '--json'],
    ['suppress', 'add', `${evil}@`],
    ['suppress', 'import', `${evil}.csv`],
    ['enqueue', '--from', 'shop@example.com', '--to', `${evil}@example.com`, '--subject', 'x', '--text', 'x'],
    ['list', '--state', evil],
    ['show', evil],
    ['resend', evil],
    ['transports', 'pause', evil],
    [evil],
    ['list', `--${evil}`],
  ]
  for (const args of calls) {
    const { stdout, stderr } = await callHere(args, { env })
    expect([args.join(' '), `${stdout}${stderr}`.match(steers)?.[0]]).toEqual([args.join(' '), undefined])
    expect(`${stdout}${stderr}`).not.toBe('')
  }
})
