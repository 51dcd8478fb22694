import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/connections/url.ts'
import { createMailQueue } from '../../src/index.ts'

const ssl = (query: string) => {
  const url = parseDatabaseUrl(`mysql://u:p@db.test/shop?${query}`)
  return 'href' in url ? new URL(url.href).searchParams.get('ssl') : undefined
}

/** Neighbours: what Prisma, JDBC and Go write. That mysql2 refuses a server without TLS then is mysql2's own test. */
test.each<[string, string | null]>([
  ['ssl-mode=REQUIRED', '{"rejectUnauthorized":false}'],
  ['sslmode=require', '{"rejectUnauthorized":false}'],
  ['sslMode=VERIFY_CA', '{"rejectUnauthorized":true}'],
  ['ssl-mode=VERIFY_IDENTITY', '{"rejectUnauthorized":true,"verifyIdentity":true}'],
  ['sslaccept=strict', '{"rejectUnauthorized":true,"verifyIdentity":true}'],
  ['ssl=true', '{"rejectUnauthorized":true,"verifyIdentity":true}'],
  ['ssl={"rejectUnauthorized":true}', '{"rejectUnauthorized":true}'],
  ['ssl-mode=DISABLED', null],
])('D5 mysql://…?%s is understood', (query, expected) => {
  expect(ssl(query)).toBe(expected)
})

test.each(['ssl-mode=PREFERRED', 'ssl-mode=yes', 'tls=custom', 'sslcert=/x.pem', 'ssl=Amazon'])(
  'D5 mysql://…?%s is refused, for it would be ignored',
  (query) => {
    expect(() => ssl(query)).toThrow('[PH_DATABASE_URL]')
  },
)

test('D8: a new SQLite file, and its log, are their owner’s alone; one that is there keeps its mode', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-mode-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [made, given] = [join(folder, 'made.db'), join(folder, 'given.db')]
  await writeFile(given, '', { mode: 0o640 })
  for (const file of [made, given]) {
    await using mail = createMailQueue({ database: `sqlite:${file}` })
    await mail.migrate()
    const modes = await Promise.all(
      (await readdir(folder))
        .filter((name) => join(folder, name).startsWith(file))
        .map(async (name) => (await stat(join(folder, name))).mode & 0o777),
    )
    expect(new Set(modes)).toEqual(new Set([file === made ? 0o600 : 0o640]))
    expect(modes.length).toBeGreaterThan(1)
  }
})
