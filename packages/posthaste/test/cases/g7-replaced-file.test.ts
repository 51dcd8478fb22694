import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { freshDatabase } from '../support/databases.ts'
import { letter, openLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

async function withFile() {
  const { url } = await freshDatabase('sqlite')
  const line = await openLine(url)
  return { line, file: url.slice('sqlite:'.length) }
}

async function remove(file: string): Promise<void> {
  for (const end of ['', '-wal', '-shm']) await rm(file + end, { force: true })
}

test('G7: a file that is replaced by a backup under a running worker is noticed by name, and the new one is used', async () => {
  const { line, file } = await withFile()
  await using _ = line
  const worker = line.mail.worker({ lease: '1s' })
  const errors: string[] = []
  worker.on('error', (error) => void errors.push(String(error)))
  await worker.start()
  const backup = `${file}.backup`
  const reader = new DatabaseSync(file)
  reader.exec(`vacuum into '${backup}'`)
  reader.close()
  await remove(file)
  await rename(backup, file)
  await until(() => errors.some((message) => message.includes('was replaced or removed while it was open')))
  const { id } = await until(() => line.mail.enqueue(letter('ada@example.com')))
  expect(await line.mail.settled(id)).toMatchObject({ state: 'sent' })
  const check = new DatabaseSync(file)
  expect(check.prepare('select count(*) as n from posthaste_mail where id = ?').get(id)).toEqual({ n: 1 })
  check.close()
  await worker.stop()
})

test('G7: nothing is taken into a file that was deleted, and none is made in its place', async () => {
  const { line, file } = await withFile()
  await using _ = line
  await remove(file)
  for (let n = 0; n < 2; n++)
    await expect(line.mail.enqueue(letter('ada@example.com'))).rejects.toThrow('was replaced or removed')
  expect(existsSync(file)).toBe(false)
})
