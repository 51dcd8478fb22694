import { expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/connections/url.ts'

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
