import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CallOptions, callHere, freshFolder, posthaste, posthasteJson } from './support/cli.ts'

let folder: Awaited<ReturnType<typeof freshFolder>>
let options: CallOptions

beforeEach(async () => {
  folder = await freshFolder()
  options = { env: { DATABASE_URL: `sqlite:${folder.path}/mail.db` } }
})

afterEach(() => folder.remove())

async function importText(text: string, ...more: string[]) {
  const file = `${folder.path}/given.csv`
  await writeFile(file, text)
  return callHere(['suppress', 'import', file, ...more], options)
}

async function entries() {
  return (await posthasteJson(['suppress', 'list'], options)).items
}

test('adds, checks, lists and removes', async () => {
  const args = ['suppress', 'add', 'Ada@Example.com', '@example.org', '--reason', 'complained']
  expect(await posthasteJson(args, options)).toEqual({ added: 2 })
  expect(await posthasteJson(args, options)).toEqual({ added: 0 })
  expect(await posthasteJson(['suppress', 'check', 'bob@example.org'], options)).toMatchObject({
    suppressed: true,
    entries: [{ address: '@example.org', reason: 'complained', origin: 'cli', stream: null }],
  })
  expect(await posthasteJson(['suppress', 'check', 'bob@example.com'], options)).toEqual({
    suppressed: false,
    entries: [],
  })
  expect(await entries()).toHaveLength(2)
  expect(await posthasteJson(['suppress', 'remove', 'ada@example.COM'], options)).toEqual({ removed: true })
  expect(await entries()).toMatchObject([{ address: '@example.org' }])
})

test('mail to an address that was added is not queued for it', async () => {
  await callHere(['suppress', 'add', 'ada@example.com'], options)
  const args = ['enqueue', '--from', 'shop@example.com', '--to', 'ada@example.com', '--text', 'Hello']
  expect(await posthasteJson(args, options)).toMatchObject({
    status: 'suppressed',
    suppressed: ['ada@example.com'],
  })
})

test('what export writes, import reads: every field', async () => {
  const notes = ['--note', 'said "stop",\ntwice', '--expires-in', '30d', '--stream', 'default']
  await callHere(['suppress', 'add', 'ada@example.com', ...notes], options)
  await callHere(['suppress', 'add', '@example.org'], options)
  const { stdout } = await callHere(['suppress', 'export'], options)
  const before = await entries()
  await callHere(['suppress', 'remove', 'ada@example.com', '--stream', 'default'], options)
  await callHere(['suppress', 'remove', '@example.org'], options)
  expect(await entries()).toEqual([])
  expect((await importText(stdout, '--json')).stdout).toContain('"added": 2')
  const after = await entries()
  const { createdAt: _, ...first } = before[1]
  expect(after[1]).toMatchObject({ ...first, expiresAt: expect.any(String) })
  expect(Math.abs(Date.parse(after[1].expiresAt) - Date.parse(first.expiresAt))).toBeLessThan(1_000)
})

test('reads one address to a line, with or without CRLF and a byte order mark, from stdin', async () => {
  const stdin = '\ufeffada@example.com\r\n\r\n  bob@example.com  \r\n"grace@example.com"'
  const { code, stdout } = await posthaste(['suppress', 'import', '--reason', 'unsubscribed'], {
    ...options,
    stdin,
  })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '3 read, 3 added\n' })
  const found = await entries()
  expect(found.map(({ address }: { address: string }) => address).sort()).toEqual([
    'ada@example.com',
    'bob@example.com',
    'grace@example.com',
  ])
  expect(found[0]).toMatchObject({ reason: 'unsubscribed' })
})

test('reads columns by their titles, in any order, and leaves out what has expired', async () => {
  await importText(
    [
      'Created,Reason,Email,ExpiresAt',
      '1,bounced,ada@example.com,',
      '2,,bob@example.com,2020-01-01T00:00:00Z',
    ].join('\n'),
  )
  expect(await entries()).toMatchObject([{ address: 'ada@example.com', reason: 'bounced' }])
})

test('one wrong line stores nothing, and is named', async () => {
  const { code, stderr } = await importText('ada@example.com\n"a\nb"@example.com\nnobody\n')
  expect(code).toBe(2)
  expect(stderr).toContain('line 2')
  expect(await entries()).toEqual([])
})

test('exports plain addresses, and JSON to a line', async () => {
  await callHere(['suppress', 'add', 'ada@example.com', 'bob@example.com'], options)
  const lines = await callHere(['suppress', 'export', '--format', 'lines'], options)
  expect(lines.stdout).toBe('ada@example.com\nbob@example.com\n')
  const { stdout } = await callHere(['suppress', 'export', '--json'], options)
  const [first = ''] = stdout.split('\n')
  expect(JSON.parse(first)).toMatchObject({ address: 'ada@example.com', stream: null, expiresAt: null })
})
