import { expect, test } from 'vitest'
import { empty, join, raw, run, sql } from '../src/store/sql.ts'

test('values become parameters, in the order in which they stand', () => {
  const bytes = new Uint8Array([1])
  expect(sql`select ${1}, ${'a'}, ${null}, ${bytes}`).toMatchObject({
    sql: 'select ?, ?, ?, ?',
    params: [1, 'a', null, bytes],
  })
})

test('a statement inside another brings its parameters to its own place', () => {
  const where = sql`state = ${'queued'}`
  expect(sql`select ${1} from ${raw('"mail"')} where ${where}${empty} limit ${5}`).toMatchObject({
    sql: 'select ? from "mail" where state = ? limit ?',
    params: [1, 'queued', 5],
  })
})

test('a list is joined with all of its parameters', () => {
  expect(join([sql`a = ${1}`, raw('b = 2'), sql`c = ${3}`], ' and ')).toMatchObject({
    sql: 'a = ? and b = 2 and c = ?',
    params: [1, 3],
  })
})

test('a piece with parameters never becomes plain text, which would lose them', () => {
  expect(`${raw('"mail"')}`).toBe('"mail"')
  expect(() => `${sql`state = ${'queued'}`}`).toThrow(TypeError)
})

test('a statement runs with its parameters', async () => {
  const ran: unknown[] = []
  const executor = {
    query: async (text: string, params?: readonly unknown[]) => {
      ran.push(text, params)
      return { rows: [], affected: 0 }
    },
  }
  await run(executor, sql`delete from mail where id = ${'x'}`)
  expect(ran).toEqual(['delete from mail where id = ?', ['x']])
})
