import { types } from 'node:util'
import { catalogue } from '../../src/errors.ts'
import { isPosthasteError } from '../../src/index.ts'
import { OutboxError } from '../../src/testing/index.ts'
import type { FreshDatabase } from '../support/databases/fresh.ts'
import type { DatabaseKind } from '../support/databases/kinds.ts'
import { seeded } from '../support/seeded.ts'
import { type Call, calls } from './calls.ts'
import { garbage } from './values.ts'
import { openWorld, type World } from './world.ts'

export interface Figures {
  readonly kind: DatabaseKind
  readonly seed: number
  calls: number
  returned: number
  rejected: number
  /** The slowest call. Milliseconds. */
  slowest: number
  readonly findings: Finding[]
}

/** Something that no call may do. `npm run garbage -- --seed N --only INDEX` does it anew. */
export interface Finding {
  readonly index: number
  readonly call: string
  readonly garbage: string
  readonly what: string
}

/** Milliseconds in which each call returns or rejects; what ends by `streamTimeout` (20 ms) too. */
const limit = 100
/** A machine that is busy elsewhere makes a call wait longer, and use no more of the processor. */
const longest = 2_000
/** So many calls share a database. */
const worldCalls = 250

interface Asked {
  readonly kind: DatabaseKind
  /** @default for SQLite, which needs none */
  readonly fresh?: () => Promise<FreshDatabase>
  readonly count: number
  readonly seed: number
  readonly only?: number
  readonly began?: (index: number) => void
}

export async function runGarbage({ kind, fresh, count, seed, only, began }: Asked): Promise<Figures> {
  const figures: Figures = { kind, seed, calls: 0, returned: 0, rejected: 0, slowest: 0, findings: [] }
  const loose: unknown[] = []
  const keep = (reason: unknown) => void loose.push(reason)
  process.on('unhandledRejection', keep)
  process.on('uncaughtException', keep)
  try {
    const indexes = only === undefined ? Array.from({ length: count }, (_, index) => index) : [only]
    for (let at = 0; at < indexes.length; at += worldCalls) {
      let world = await openWorld(kind, fresh)
      for (const index of indexes.slice(at, at + worldCalls)) {
        began?.(index)
        const { hangs } = await one(world, { index, figures, loose })
        // What still hangs may hold a transaction of that database.
        if (hangs) world = await openWorld(kind, fresh)
      }
      await world[Symbol.asyncDispose]()
    }
  } finally {
    process.off('unhandledRejection', keep)
    process.off('uncaughtException', keep)
  }
  return figures
}

interface Running {
  readonly index: number
  readonly figures: Figures
  readonly loose: unknown[]
}

async function one(world: World, { index, figures, loose }: Running): Promise<Came> {
  const { seed } = figures
  const chosen = choose(seed * 1_000_003 + index)
  const find = (what: string) =>
    figures.findings.push({ index, call: chosen.name, garbage: chosen.garbage, what })
  let best = await tried(world, chosen)
  // A machine that is busy elsewhere is slow once, not three times.
  for (let tries = 0; isSlow(best) && !best.hangs && tries < 2; tries++) {
    const other = await tried(world, chosen)
    if (other.cpu < best.cpu) best = other
  }
  figures.calls++
  figures.slowest = Math.max(figures.slowest, best.ms)
  figures[best.came === 'returned' ? 'returned' : 'rejected']++
  // To an import a list of 300,000 addresses is work.
  const isLong = /^Suppressions.import list of/.test(`${chosen.name} ${chosen.garbage}`)
  if (isSlow(best) && !isLong) find(`took ${Math.round(best.ms)} ms, ${Math.round(best.cpu)} ms of CPU`)
  if (best.wrong !== undefined) find(best.wrong)
  await new Promise((resolve) => setImmediate(resolve))
  for (const reason of loose.splice(0)) find(`left unhandled: ${describe(reason)}`)
  return best
}

function isSlow({ ms, cpu }: Came): boolean {
  return ms > limit && (cpu > limit || ms > longest)
}

interface Chosen {
  readonly name: string
  readonly call: Call
  readonly garbage: string
  place(args: unknown[]): void
}

export function choose(seed: number): Chosen {
  const random = seeded(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const name = pick(Object.keys(calls))
  const call = calls[name] as Call
  // Work of the app's that never ends is waited for: that is what `within` is for.
  const isWork = /\.(?:within|outside)$/.test(name)
  const value = pick(Object.keys(garbage).filter((one) => !isWork || !one.includes('never settles')))
  const where = random()
  const way = random()
  return { name, call, garbage: value, place: (args) => void putIn(args, { value, where, way }) }
}

/** Puts garbage at one of the places in the arguments: a whole one, a field of one, or a field too many. */
function putIn(args: unknown[], { value, where, way }: { value: string; where: number; way: number }): void {
  const places = placesIn(args)
  const place = places[Math.floor(where * places.length)]
  // A transport is given minutes to answer; `app-functions.test.ts` has one that never does.
  if (!place || (place.key === 'deliver' && value.includes('never settles'))) return
  const made = garbage[value]?.()
  const field = { enumerable: true, configurable: true }
  if (way < 0.08 && !Array.isArray(place.holder))
    Object.defineProperty(place.holder, place.key, {
      ...field,
      get: () => {
        throw new Error('boom')
      },
    })
  else Object.defineProperty(place.holder, place.key, { ...field, writable: true, value: made })
}

interface Place {
  readonly holder: object
  readonly key: string | number
}

const extra = ['x', '__proto__', 'constructor', 'then', 'toJSON', 'length', '', '\0', '\ud800', 'a\r\nb']

function placesIn(args: unknown[]): Place[] {
  const places: Place[] = []
  const walk = (holder: object, depth: number) => {
    const keys = Array.isArray(holder)
      ? [...holder.keys()]
      : [...Object.keys(holder), extra[places.length % extra.length] as string]
    for (const key of keys) {
      places.push({ holder, key })
      const inner = Object.getOwnPropertyDescriptor(holder, key)?.value
      if (depth < 6 && isPlain(inner)) walk(inner, depth + 1)
    }
  }
  walk(args, 0)
  if (args.length === 0) places.push({ holder: args, key: 0 })
  return places
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

interface Came {
  readonly came: 'returned' | 'rejected'
  readonly ms: number
  /** Of the process, meanwhile. Milliseconds. */
  readonly cpu: number
  readonly wrong?: string
  readonly hangs?: true
}

async function tried(world: World, { call, name, place }: Chosen): Promise<Came> {
  const args = await call.args(world)
  place(args)
  const before = await world.stored()
  const began = performance.now()
  const used = process.cpuUsage()
  const result = await settledOf(() => call.run(world, args))
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(used)
  const took = { ms, cpu: (user + system) / 1_000 }
  if ('value' in result) return { came: 'returned', ...took }
  if ('late' in result) return { came: 'rejected', ...took, wrong: 'never settled', hangs: true }
  const changed = (await world.stored()) - before
  const wrong = !isOurs(name, result.error)
    ? `rejected with ${describe(result.error)}`
    : changed > 0 && name !== 'createMailQueue'
      ? `rejected (${describe(result.error)}) and stored ${changed} rows`
      : undefined
  return { came: 'rejected', ...took, ...(wrong === undefined ? {} : { wrong }) }
}

type Settled = { value: unknown } | { error: unknown } | { late: true }

async function settledOf(run: () => unknown): Promise<Settled> {
  const timer = Promise.withResolvers<Settled>()
  const waiting = setTimeout(() => timer.resolve({ late: true }), 3_000)
  try {
    return await Promise.race([
      Promise.resolve()
        .then(run)
        .then((value) => ({ value })),
      timer.promise,
    ])
  } catch (error) {
    return { error }
  } finally {
    clearTimeout(waiting)
  }
}

function isOurs(name: string, error: unknown): boolean {
  // What the app's own work throws is the app's, whatever it is.
  if (/\.(?:within|outside)$/.test(name) && !isPosthasteError(error)) return isBoom(error)
  if (error instanceof OutboxError) return /^outbox/i.test(name)
  return isPosthasteError(error) && error.code in catalogue
}

function isBoom(error: unknown): boolean {
  return error === undefined || /boom|Class constructor/.test(String((error as Error).message))
}

function describe(thrown: unknown): string {
  if (!types.isNativeError(thrown)) return `no error: ${typeof thrown}`
  const { name, message, stack = '' } = thrown
  const frame =
    /\n\s+at (.*src\/[^\n]*)/.exec(stack)?.[1]?.replace(/\(?file:\S*\/src\/|\(\/\S*\/src\//, 'src/') ?? ''
  return `${name}: ${String(message).slice(0, 100)} ${frame}`
}

/** The figures as the command prints them. */
export function report({ kind, seed, calls: made, returned, rejected, slowest, findings }: Figures): string {
  const line = `${kind}: ${made.toLocaleString('en')} calls over ${Object.keys(calls).length} functions, seed ${seed}: ${returned.toLocaleString('en')} returned, ${rejected.toLocaleString('en')} rejected with an error of the catalogue, slowest ${Math.round(slowest)} ms, ${findings.length} findings`
  return [
    line,
    ...findings
      .slice(0, 200)
      .map(({ index, call, garbage: value, what }) => `  [${index}] ${call} with ${value}: ${what}`),
  ].join('\n')
}
