import { expect, test } from 'vitest'
import { createMailQueue } from '../../src/index.ts'
import { freshDatabase } from '../support/databases.ts'
import { letter } from '../support/line.ts'

const to = 'ada@example.com'
const failure = new Error('the app has no more')

function* until(last: number) {
  for (let n = 0; n < last; n++) yield { mail: letter(to) }
  throw failure
}

async function* later(last: number) {
  yield* until(last)
}

test.each([
  ['a generator', () => until(2_346)],
  ['an async generator', () => later(2_346)],
])('G15: %s that throws at the 2,347th mail: the error says how many are stored', async (_, items) => {
  await using mail = createMailQueue({ database: (await freshDatabase('sqlite')).url })
  const failed = mail.enqueueMany(items())
  await expect(failed).rejects.toMatchObject({
    code: 'PH_ITEMS_FAILED',
    stored: 2_300,
    errors: [],
    cause: failure,
  })
  await expect(failed).rejects.toThrow('the app has no more; 2300 stored before')
  expect(await mail.count({ all: true })).toBe(2_300)
})

test('G15: a mail that is not valid, in a later chunk', async () => {
  await using mail = createMailQueue({ database: (await freshDatabase('sqlite')).url })
  const items = Array.from({ length: 25 }, (_, n) => ({ mail: letter(n === 22 ? '' : to) }))
  const failed = mail.enqueueMany(items, { chunk: 10 })
  await expect(failed).rejects.toMatchObject({
    code: 'PH_BATCH_INVALID',
    stored: 20,
    errors: [{ index: 22 }],
  })
  expect(await mail.count({ all: true })).toBe(20)
})

test.each([
  ['never gives', () => new Promise(() => {}), /no answer within 0\.05 s/],
  ['gives no step', () => 7, /next\(\) gave no object/],
])('G15: an iterator that %s ends the call by name', async (_, next, message) => {
  await using mail = createMailQueue({
    database: (await freshDatabase('sqlite')).url,
    attachments: { streamTimeout: 50 },
  })
  const items = { [Symbol.asyncIterator]: () => ({ next }) }
  const failed = mail.enqueueMany(items as AsyncIterable<never>)
  await expect(failed).rejects.toMatchObject({ code: 'PH_ITEMS_FAILED', stored: 0 })
  await expect(failed).rejects.toThrow(message)
})

test.each([5, null, {}, new Map([[1, 2]]).size])('G15: %o is no list of items', async (items) => {
  await using mail = createMailQueue({ database: (await freshDatabase('sqlite')).url })
  await expect(mail.enqueueMany(items as never)).rejects.toMatchObject({ code: 'PH_OPTION_INVALID' })
})
