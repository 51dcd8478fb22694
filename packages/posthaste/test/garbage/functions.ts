import * as index from '../../src/index.ts'
import * as testing from '../../src/testing/index.ts'
import { readerIn } from './call-ways.ts'
import type { World } from './world.ts'

/** Every public function, by name, found in the exports and in the objects that they give: a new one is here by itself. */
export async function publicFunctions(world: World): Promise<string[]> {
  const exported = Object.entries({ ...index, ...testing }).flatMap(([name, value]) =>
    typeof value === 'function' && !isClass(value) ? [name] : [],
  )
  const objects = [...(await given(world))].flatMap(([name, object]) => methodsOf(name, object))
  return [...new Set([...exported, ...objects])].sort()
}

/** What users hold: the queue with its facets, and what its methods give. */
async function given(world: World): Promise<Map<string, object>> {
  const { mail } = world
  const found = new Map<string, object>([['MailQueue', mail]])
  for (const facet of Object.values(mail))
    if (typeof facet === 'object' && facet !== null) found.set(facet.constructor.name, facet)
  found.set('MailReader', await readerIn(world))
  found.set('Worker', mail.worker())
  found.set('QueueTransport', mail.transport())
  const box = testing.outbox(mail)
  found.set('Outbox', box)
  found.set('OutboxMail', (await box.all())[0] ?? {})
  const fake = testing.fakeQueue()
  found.set('FakeQueue', fake)
  await fake.close()
  return found
}

function methodsOf(owner: string, object: object): string[] {
  const own = Object.entries(object).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
  return [...own, ...inherited(owner, object)].map((name) => `${owner}.${name}`)
}

/** Of the fake queue only what it does otherwise: the rest is the queue's. */
function inherited(owner: string, object: object): string[] {
  const names: string[] = []
  let prototype: object = Object.getPrototypeOf(object)
  while (prototype !== Object.prototype && prototype !== null) {
    names.push(...Reflect.ownKeys(prototype).flatMap((key) => (key === 'constructor' ? [] : [nameOf(key)])))
    if (owner === 'FakeQueue') break
    prototype = Object.getPrototypeOf(prototype)
  }
  return names
}

function nameOf(key: string | symbol): string {
  return typeof key === 'string' ? key : (key.description ?? '').replace('Symbol.', '@')
}

function isClass(value: unknown): boolean {
  return /^class\b/.test(String(value))
}
