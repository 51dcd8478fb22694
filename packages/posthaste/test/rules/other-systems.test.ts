import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, win32 } from 'node:path'
import { expect, test } from 'vitest'
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

test('a file is the same by whatever name it is reached', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-'))
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  for (const name of ['mail.db', 'other.db']) writeFileSync(join(folder, 'real', name), '')
  const handle = { kind: 'sqlite', name: 'database', file: join(folder, 'link/mail.db') } as SyncHandle
  expect(() => refuseOtherFile(`sqlite:${folder}/real/mail.db`, handle)).not.toThrow()
  expect(() => refuseOtherFile(`sqlite:${folder}/real/other.db`, handle)).toThrow(
    expect.objectContaining({ code: 'PH_WRONG_DATABASE' }),
  )
  rmSync(folder, { recursive: true })
})
