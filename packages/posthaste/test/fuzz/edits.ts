import type { Value } from '../../src/connections/database.ts'
import { type Edit, editMail, garbage, others, tableNameOf } from '../support/edited-rows.ts'
import type { Dice } from './dice.ts'
import { engineNameOf, type Scene } from './scene.ts'
import { anyBytes, anyText } from './texts.ts'

/** A mail of which rows are edited, and what it holds. */
export interface Victim {
  readonly id: string
  readonly content: string
  readonly edits: Edit[]
}

/** Edits that no reading can miss, where they are made before a worker sees the mail. */
const sure: readonly Edit[] = [
  { table: 'delivery', column: 'attempts', value: '-1' },
  { table: 'delivery', column: 'expires_at', value: '9007199254740994' },
  { table: 'mail', column: 'send_at', value: '9223372036854775807' },
  { table: 'mail', column: 'smtp', value: '{"broken' },
  { table: 'mail', column: 'on_unknown', value: 'xyzzy' },
  { table: 'recipient', column: 'state', value: 'xyzzy' },
]

/** Edits a column of the victim's rows; true where that surely cannot be read. */
export async function editSurely(scene: Scene, dice: Dice, victim: Victim): Promise<boolean> {
  return edit(scene, victim, dice.pick(sure))
}

/** Writes anything into any column of its rows, or of a row that is nobody's. */
export async function editAnything(scene: Scene, dice: Dice, victim: Victim): Promise<void> {
  const tables = [...scene.columns].filter(([table]) => !/migration"?$|meta"?$/.test(table))
  const [table, columns] = dice.pick(tables)
  const made = { table: tableNameOf(table), column: dice.pick(columns), value: anyCell(dice) }
  // An empty name in a pause is every stream: that is no garbage.
  if (made.table === 'pause' && made.value === '') return
  await edit(scene, victim, made)
}

async function edit(scene: Scene, victim: Victim, made: Edit): Promise<boolean> {
  const { engine } = await scene.parts.connection.ready()
  const content = engine.id(victim.content) as Value
  const own = { content: { column: 'id', value: content }, chunk: { column: 'content_id', value: content } }
  const where = { ...others, ...own }[made.table]
  const taken = await editMail(scene.parts, made, { id: victim.id, engine: engineNameOf(scene), where })
  if (taken) victim.edits.push(made)
  return taken
}

const states = ['queued', 'sending', 'sent', 'failed', 'held', 'pending', 'accepted']

function anyCell(dice: Dice): Value {
  return dice.pick<() => Value>([
    () => dice.pick(garbage),
    () => dice.pick(garbage),
    () => dice.pick(states),
    () => String(dice.below(2 ** 31) - 2 ** 30),
    () => anyText(dice).replaceAll('\0', ''),
    () => JSON.stringify({ a: [anyText(dice).slice(0, 100)], first: dice.below(100) }),
    () => Buffer.from(anyBytes(dice, 300)),
  ])()
}
