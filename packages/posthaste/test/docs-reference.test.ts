import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { optionReference, optionTypes, parse } from '../../../scripts/option-reference.ts'
import { stateDiagram } from '../../../scripts/state-diagram.ts'
import { priorities, reasons, recipientStates, states } from '../src/mail/mail.ts'
import { postgresEngine } from '../src/store/postgres/engine.ts'
import { tableNames } from '../src/store/tables.ts'

const read = (page: string) =>
  readFileSync(new URL(`../../../docs/reference/${page}.md`, import.meta.url), 'utf8')

test('the option reference is what `npm run docs:options` writes', () => {
  expect(read('options')).toBe(optionReference())
})

test('every option says what it is for, and what happens without it', () => {
  const options = optionTypes().flatMap(({ name: type, options }) =>
    options.map((option) => ({ ...option, name: `${type}.${option.name}` })),
  )
  expect(options.length).toBeGreaterThan(80)
  expect(options.filter(({ text }) => text === '').map(({ name }) => name)).toEqual([])
  expect(options.filter(({ optional, absent }) => optional && !absent).map(({ name }) => name)).toEqual([])
})

test('the schema reference has every table and column, and no other', () => {
  const documented = sections(read('schema'), 'The tables').map(
    ([table, rows]) => [table, firstColumn(rows)] as const,
  )
  expect(documented.map(([table]) => table).sort()).toEqual([...tableNames].sort())
  expect(Object.fromEntries(documented)).toEqual(columnsOfSchema())
})

test('the schema reference has every index, and no other', () => {
  const created = initialTables().flatMap((sql) => /^create index if not exists "(\w+)"/.exec(sql)?.[1] ?? [])
  expect(created.length).toBeGreaterThan(10)
  expect(firstColumn(part(read('schema'), 'The indexes')).sort()).toEqual(created.sort())
})

test('the diagram of states is what `npm run docs:states` draws from the table of transitions', () => {
  expect(read('states')).toContain(stateDiagram())
})

test('the page of states has every state, reason and state of a recipient, and no other', () => {
  const page = read('states')
  expect(firstColumn(part(page, 'The states')).sort()).toEqual([...states].sort())
  expect(firstColumn(part(page, 'Reasons')).sort()).toEqual([...reasons].sort())
  expect(firstColumn(part(page, 'Recipients')).sort()).toEqual([...recipientStates].sort())
  expect(firstColumn(part(page, 'Lanes'))).toEqual([...priorities])
})

test('the page of events has every event of a worker, and no other', () => {
  expect(firstColumn(part(read('events'), 'What a worker tells'))).toEqual(
    membersOf('events.ts', 'WorkerEvents'),
  )
})

test.each([
  [
    'MailQueue',
    ['queue/mail-queue.ts', 'queue/queue-tables.ts', 'queue/queue-admin.ts', 'queue/mail-reader.ts'],
  ],
  ['suppressions', ['queue/suppressions.ts']],
  ['transports', ['queue/transports.ts']],
  ['attachments', ['queue/attachments.ts']],
  ['Worker', ['worker/worker.ts']],
] as const)('the API reference has every member of %s, and no other', (heading, files) => {
  const documented = firstColumn(part(read('api'), heading)).map((call) => call.replace(/\(.*$/, ''))
  expect(documented.sort()).toEqual([...new Set(files.flatMap(publicMembersOf))].sort())
})

/** What follows a heading of any level, up to the next one that is not below it. */
function part(page: string, heading: string): string {
  const lines = page.split('\n')
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  expect(from, `a heading '${heading}'`).toBeGreaterThan(-1)
  const level = /^#+/.exec(lines[from] ?? '')?.[0].length ?? 0
  const rest = lines.slice(from + 1)
  const to = rest.findIndex((line) => /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 0) <= level)
  return rest.slice(0, to === -1 ? undefined : to).join('\n')
}

function sections(page: string, heading: string): [name: string, text: string][] {
  const text = part(page, heading)
  return [...text.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => [name, part(text, name)])
}

/** The code in the first cell of each row of the tables in it. */
function firstColumn(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name)
}

const initialTables = () => {
  const engine = postgresEngine('posthaste')
  return [...engine.bookkeeping(), ...engine.initialTables()]
}

function columnsOfSchema(): Record<string, string[]> {
  const tables = initialTables().flatMap((sql) => {
    const [, name, body] = /^create table .*"\."(\w+)" \(\n(.*)\n\)/s.exec(sql) ?? []
    if (name === undefined || body === undefined) return []
    const columns = body.split('\n').flatMap((line) => /^ {2}(?!primary key)(\w+)/.exec(line)?.[1] ?? [])
    return [[name, columns] as const]
  })
  return Object.fromEntries(tables)
}

function publicMembersOf(file: string): string[] {
  const members = parse(file)
    .statements.filter(ts.isClassDeclaration)
    .flatMap(({ members }) => [...members])
  const names = members.flatMap(({ name }) => (name && !ts.isPrivateIdentifier(name) ? [name.getText()] : []))
  expect(names.length, `members in ${file}`).toBeGreaterThan(0)
  return names
}

function membersOf(file: string, name: string): string[] {
  return declared(file, name).map(nameOf)
}

function declared(file: string, name: string): ts.PropertySignature[] {
  const found = parse(file).statements.filter(ts.isInterfaceDeclaration)
  const members = found.find((node) => node.name.text === name)?.members.filter(ts.isPropertySignature)
  expect(members, `${name} in ${file}`).toBeDefined()
  return members ?? []
}

function nameOf(node: ts.TypeElement): string {
  return node.name?.getText() ?? ''
}
