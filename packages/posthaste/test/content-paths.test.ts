import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeDocument } from '../src/mail/decode.ts'
import { renderMime } from '../src/mail/render.ts'
import type { ResolvedMail } from '../src/mail/resolve.ts'
import { codeOf, openFrom, resolved } from './support/content.ts'

const attach = (attachment: object) => ({ attachments: [attachment] })
const mimeOf = async (mail: ResolvedMail) =>
  (await renderMime(decodeDocument(mail.document, openFrom(mail)))).toString()

describe('content given as a path', () => {
  let root: string
  let outside: string
  beforeAll(async () => {
    const base = await realpath(await mkdtemp(join(tmpdir(), 'content-test-')))
    root = join(base, 'allowed')
    outside = join(base, 'allowed-not')
    await mkdir(join(root, 'deep'), { recursive: true })
    await mkdir(outside)
    await writeFile(join(root, 'deep', 'report.csv'), 'a;b')
    await writeFile(join(root, 'page.html'), '<p>Grüße</p>')
    await writeFile(join(outside, 'secret.txt'), 'secret')
    await symlink(join(outside, 'secret.txt'), join(root, 'link.txt'))
    await symlink(outside, join(root, 'door'))
    await symlink(join(root, 'deep'), join(root, 'inside'))
    execFileSync('mkfifo', [join(root, 'pipe')])
  })
  afterAll(() => rm(join(root, '..'), { recursive: true }))

  const at = (...path: string[]) => resolved(attach({ path: join(root, ...path) }), { roots: [root] })

  test('is refused unless a folder is allowed', async () => {
    expect(await codeOf(() => resolved(attach({ path: join(root, 'page.html') })))).toBe('PH_PATH_REFUSED')
  })

  test('inside it is read now, with the name and type that Nodemailer would give it', async () => {
    const mime = await mimeOf(await at('deep', 'report.csv'))
    expect(mime).toContain('Content-Type: text/csv; name=report.csv')
    expect(mime).toContain(Buffer.from('a;b').toString('base64'))
  })

  test('may stand wherever content may', async () => {
    const path = join(root, 'page.html')
    for (const fields of [
      { html: { path } },
      { amp: { path } },
      { alternatives: [{ path }] },
      { icalEvent: { path } },
      { raw: { path } },
      attach({ content: { path } }),
      attach({ raw: { path } }),
    ]) {
      expect(await codeOf(() => resolved(fields))).toBe('PH_PATH_REFUSED')
      expect(await mimeOf(await resolved(fields, { roots: [root] }))).toMatch(
        /Gr=C3=BC=C3=9Fe|Grüße|PHA\+R3LDvMOfZTwvcD4=/,
      )
    }
  })

  test.each([
    ['a link out of the folder', ['link.txt']],
    ['a linked folder', ['door', 'secret.txt']],
    ['dots', ['..', 'allowed-not', 'secret.txt']],
    ['the folder itself', []],
    ['a folder inside', ['deep']],
    ['a FIFO', ['pipe']],
    ['a file outside that does not exist', ['..', 'nothing.txt']],
  ])('is refused for %s', async (_, path) => {
    expect(await codeOf(() => at(...path))).toBe('PH_PATH_REFUSED')
  })

  test('may be a link that stays inside', async () => {
    expect(await mimeOf(await at('inside', 'report.csv'))).toContain(Buffer.from('a;b').toString('base64'))
  })

  test('inside that does not exist is unreadable, with the cause', async () => {
    await expect(at('nothing.txt')).rejects.toMatchObject({
      code: 'PH_CONTENT_UNREADABLE',
      cause: { code: 'ENOENT' },
    })
  })
})
