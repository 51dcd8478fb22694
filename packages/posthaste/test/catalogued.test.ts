import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../src/connections/open.ts'
import { parseDatabaseUrl } from '../src/connections/url.ts'
import { createMailQueue } from '../src/index.ts'
import type { Engine } from '../src/store/engine.ts'
import { engineFor } from '../src/store/engine-for.ts'
import { refuseOldServer } from '../src/store/server.ts'
import { freshDatabase } from './support/databases.ts'
import { letter, openLine } from './support/line.ts'

test.each([
  'mongodb://localhost/x',
  'postgres://',
  'mysql:// /x',
  'sqlite:',
  'shop.db',
  'postgres://u:secret@/',
])('the database URL %s is refused, and no password is repeated', async (url) => {
  const refused = createMailQueue({ database: url }).enqueue(letter('ada@example.com'))
  await expect(refused).rejects.toMatchObject({ code: 'PH_DATABASE_URL' })
  await expect(refused).rejects.not.toThrow('secret')
  expect(existsSync('shop.db')).toBe(false)
})

test('every spelling of a URL that is right is read', () => {
  expect(parseDatabaseUrl('sqlite:mail.db')).toEqual({ kind: 'sqlite', file: resolve('mail.db') })
  expect(parseDatabaseUrl('file:./mail.db?mode=rwc')).toEqual({ kind: 'sqlite', file: resolve('mail.db') })
  expect(parseDatabaseUrl('sqlite:///srv/mail%20box.db')).toEqual({
    kind: 'sqlite',
    file: '/srv/mail box.db',
  })
  expect(parseDatabaseUrl('mariadb://u:p@db/shop')).toEqual({ kind: 'mysql', href: 'mysql://u:p@db/shop' })
  expect(parseDatabaseUrl('postgresql://u:p@db/shop?schema=public&connection_limit=5')).toEqual({
    kind: 'postgres',
    href: 'postgresql://u:p@db/shop',
    isPooled: false,
  })
})

test.each([undefined, null, ''])('no database (%o) is an error, never a silent file', async (database) => {
  const refused = createMailQueue({ database }).enqueue(letter('ada@example.com'))
  await expect(refused).rejects.toMatchObject({ code: 'PH_NO_DATABASE' })
})

test.each([{}, 42, [], () => {}])('%o is not taken for a database', async (database) => {
  await expect(openDatabase(database)).rejects.toMatchObject({ code: 'PH_DATABASE_HANDLE' })
})

test('a server that is not there is told as that, with its reason', async () => {
  const queue = createMailQueue({ database: 'postgres://nobody@127.0.0.1:1/none' })
  const refused = queue.enqueue(letter('ada@example.com'))
  await expect(refused).rejects.toMatchObject({ code: 'PH_DATABASE_UNREACHABLE' })
  await expect(refused).rejects.toThrow('ECONNREFUSED')
})

test.each([
  ['postgres', 'PostgreSQL 12.22 on x86_64'],
  ['mysql', '5.7.44'],
  ['mariadb', '10.5.29-MariaDB'],
  ['sqlite', '3.34.1'],
] as const)('%s %s is too old, and told so', (flavour, version) => {
  expect(() => refuseOldServer(engineOf(flavour), version)).toThrow('[PH_DATABASE_VERSION]')
})

test.each([
  ['postgres', 'PostgreSQL 13.0'],
  ['postgres', 'PostgreSQL 18.4 (Debian)'],
  ['mysql', '8.0.11'],
  ['mariadb', '10.6.1-MariaDB'],
  ['mariadb', '11.4.2-MariaDB'],
  ['sqlite', '3.51.3'],
] as const)('%s %s is new enough', (flavour, version) => {
  expect(() => refuseOldServer(engineOf(flavour), version)).not.toThrow()
})

type Flavour = 'postgres' | 'mysql' | 'mariadb' | 'sqlite'

function engineOf(flavour: Flavour): Engine {
  return engineFor({ kind: flavour === 'mariadb' ? 'mysql' : flavour, flavour })
}

test('what cannot be done says so: no outcome yet, content that is gone, a queue that was closed', async () => {
  await using line = await openLine((await freshDatabase('sqlite')).url)
  const { id } = await line.mail.enqueue(letter('ada@example.com'), { delay: '1h' })
  await expect(line.mail.settled(id, { timeout: 20 })).rejects.toMatchObject({ code: 'PH_TIMEOUT' })
  await expect(line.mail.settled('0199c1b2-0000-7000-8000-000000000000')).rejects.toMatchObject({
    code: 'PH_NOT_FOUND',
  })
  const gone = { posthasteContent: '0199c1b2-0000-7000-8000-000000000000', size: 3, sha256: 'x' }
  const referring = line.mail.enqueue(
    letter('ada@example.com', { attachments: [{ filename: 'a.txt', content: gone }] }),
  )
  await expect(referring).rejects.toMatchObject({ code: 'PH_CONTENT_MISSING' })
  expect(await line.mail.count({ all: true })).toBe(1)
  await line.mail.close()
  await expect(line.mail.enqueue(letter('ada@example.com'))).rejects.toMatchObject({ code: 'PH_CLOSED' })
})

test('a worker without a transport, or with one that is undefined, says what to set', async () => {
  const { url } = await freshDatabase('sqlite')
  const none = createMailQueue({ database: url })
  await expect(none.worker().start()).rejects.toThrow(/there is no transport.*\[PH_CONFIG\]/)
  const unset = createMailQueue({ database: url, transports: { default: undefined } })
  await expect(unset.worker().start()).rejects.toThrow(/transports\.default is undefined.*\[PH_CONFIG\]/)
  await Promise.all([none.close(), unset.close()])
})
