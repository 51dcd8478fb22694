import { existsSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, win32 } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stopSignals } from '../../src/cli/signals.ts'
import { sqlitePath } from '../../src/connections/url.ts'
import { refuseOtherFile } from '../../src/transactions/same-database.ts'
import type { SyncHandle } from '../../src/transactions/transaction-handle.ts'

// Windows and macOS themselves are tried by hand only; these are the functions that know of them.

test.each([
  ['file:///C:/shop/mail.db', 'C:/shop/mail.db'],
  ['file:/C:/shop/mail.db', 'C:/shop/mail.db'],
  ['sqlite:///c:/shop/mail.db?mode=rw', 'c:/shop/mail.db'],
  ['sqlite:C:\\shop\\mail.db', 'C:\\shop\\mail.db'],
  ['sqlite:C:/shop/mail.db', 'C:/shop/mail.db'],
  ['sqlite:mail.db', 'mail.db'],
  ['sqlite://mail.db', 'mail.db'],
])('on Windows %s is the file %s', (url, file) => {
  expect(sqlitePath(url, 'win32')).toBe(file)
  expect(win32.resolve('D:\\app', file)).toMatch(/^[cC]:\\shop\\mail\.db$|^D:\\app\\mail\.db$/)
})

test('elsewhere a folder may have the name of a drive', () => {
  expect(sqlitePath('file:///C:/shop/mail.db', 'linux')).toBe('/C:/shop/mail.db')
})

test('Ctrl+Break stops a worker on Windows as Ctrl+C does', () => {
  expect(stopSignals('win32')).toEqual(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'])
  expect(stopSignals('linux')).toEqual(['SIGTERM', 'SIGINT', 'SIGHUP'])
})

/** This machine's disk is such a one, and makes no second name. */
const isCaseless = existsSync(tmpdir().toUpperCase())

describe('a transaction on a file', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthaste-'))
    writeFileSync(join(folder, 'mail.db'), '')
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  const opened = (file: string) =>
    ({ kind: 'sqlite', name: 'database', file: join(folder, file) }) as SyncHandle
  const onMail = (file: string) => refuseOtherFile(`sqlite:${folder}/mail.db`, opened(file))
  const refused = expect.objectContaining({ code: 'PH_WRONG_DATABASE' })

  test('is on the file by whatever way it was reached', () => {
    symlinkSync(folder, join(folder, 'link'))
    expect(() => onMail('link/mail.db')).not.toThrow()
  })

  test.skipIf(isCaseless)(
    'is on the file in letters of either case, where the disk takes them for one',
    () => {
      linkSync(join(folder, 'mail.db'), join(folder, 'Mail.DB'))
      expect(() => onMail('Mail.DB')).not.toThrow()
    },
  )

  test.skipIf(isCaseless)('is on another file, where the disk tells letters of either case apart', () => {
    writeFileSync(join(folder, 'MAIL.db'), '')
    expect(() => onMail('MAIL.db')).toThrow(refused)
  })

  test('is on another file to SQLite by a hard link, whose log has another name', () => {
    linkSync(join(folder, 'mail.db'), join(folder, 'other.db'))
    expect(() => onMail('other.db')).toThrow(refused)
  })
})
