import { expect, onTestFinished, test } from 'vitest'
import { createMailQueue } from '../src/index.ts'
import { callHere, freshFolder, posthasteJson } from './support/cli.ts'
import { letter } from './support/line.ts'
import { startSmtp } from './support/smtp.ts'

/** Mails that the server took, and went away before it said so. */
async function inDoubt(many: number) {
  const folder = await freshFolder()
  const smtp = await startSmtp({ reply: ({ step }) => (step === 'dot' ? { and: 'close' } : undefined) })
  const database = `sqlite:${folder.path}/mail.db`
  const mail = createMailQueue({ database, transports: { default: smtp.url } })
  onTestFinished(async () => {
    await mail.close()
    await smtp.close()
    await folder.remove()
  })
  const ids: string[] = []
  for (let i = 0; i < many; i++)
    ids.push((await mail.enqueue(letter(`${i}@example.com`), { onUnknown: 'hold' })).id)
  expect(await mail.deliverDue()).toMatchObject({ held: many })
  return { mail, ids, options: { env: { DATABASE_URL: database, POSTHASTE_SMTP_URL: smtp.url } } }
}

test('resolve says by id what became of a mail, and shows who said it', async () => {
  const { mail, ids, options } = await inDoubt(2)
  const [arrived = '', again = ''] = ids
  expect((await posthasteJson(['list', '--unknown'], options)).items).toHaveLength(2)
  expect(await callHere(['resolve', arrived], options)).toMatchObject({ code: 2 })
  expect(await callHere(['resolve', arrived, '--arrived', '--retry'], options)).toMatchObject({ code: 2 })
  expect(await posthasteJson(['resolve', arrived, '--arrived'], options)).toEqual({
    action: 'resolve',
    resolution: 'arrived',
    changed: 1,
  })
  expect(await mail.get(arrived)).toMatchObject({ state: 'sent', unknowns: 1 })
  const { stdout } = await callHere(['show', arrived], options)
  expect(stdout).toMatch(/by-hand .*decided by hand by \S+: it arrived/)
  expect(stdout).toContain('a second copy may have left')
  expect(await callHere(['resolve', again, '--retry'], options)).toMatchObject({ stdout: '1 resolved\n' })
  expect(await mail.get(again)).toMatchObject({ state: 'queued', unknowns: 1 })
  expect(await callHere(['resolve', arrived, '--retry'], options)).toMatchObject({ code: 1 })
})

test('resolve by filter means held mail in doubt, asks for --yes, and tells beforehand how many', async () => {
  const { mail, ids, options } = await inDoubt(2)
  await mail.resolve({ id: ids[0] ?? '' }, 'retry')
  const sure = await mail.enqueue(letter('sure@example.com'))
  await mail.hold({ id: sure.id })
  const args = ['resolve', '--to', '@example.com', '--arrived']
  expect(await callHere(args, options)).toMatchObject({ code: 2 })
  expect(await posthasteJson([...args, '--dry-run'], options)).toMatchObject({
    matching: 1,
    sample: [{ id: ids[1] }],
  })
  expect(await posthasteJson([...args, '--yes'], options)).toMatchObject({ changed: 1 })
  expect(await mail.get(ids[1] ?? '')).toMatchObject({ state: 'sent' })
  expect(await mail.get(sure.id)).toMatchObject({ state: 'held', reason: 'by-hand' })
})
