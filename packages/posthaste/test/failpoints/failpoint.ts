import { AsyncLocalStorage } from 'node:async_hooks'
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { StatementSync } from 'node:sqlite'

/** A place that was reached: how, and after how much had gone over a wire or into a file. */
export interface Hit {
  /** The awaits that lead there and the place, before or after, and the how many-th time: `12>57>60 after 2`. */
  readonly key: string
  /** The place's number, or what was about to happen to a socket or a statement. */
  readonly place: number | string
  readonly position: string
  readonly time: number
  readonly traffic: number
}

interface Frame {
  readonly path: string
  readonly outer: Frame | undefined
}

/** By their path the heartbeat's statements are told from the turn's, and the first turn of a mail from the second. */
const frames = new AsyncLocalStorage<Frame | undefined>()
const times = new Map<string, number>()
const state = {
  traffic: 0,
  victim: undefined as string | undefined,
  signal: 'SIGKILL' as Signal,
  log: undefined as Hit[] | undefined,
}

/** Ends the process, or lets it stand still until somebody resumes it. */
export type Signal = 'SIGKILL' | 'SIGSTOP'

/** From now on every hit is written down, and the process gives itself the signal at this one, after saying so. */
export function arm(victim: string | undefined, signal: Signal): Hit[] {
  times.clear()
  state.victim = victim
  state.signal = signal
  state.log = []
  return state.log
}

function hit(place: Hit['place'], position: string): void {
  if (!state.log) return
  const where = `${frames.getStore()?.path ?? ''}>${place} ${position}`
  const time = (times.get(where) ?? 0) + 1
  times.set(where, time)
  const key = `${where} ${time}`
  if (key === state.victim) {
    writeSync(1, 'reached')
    process.kill(process.pid, state.signal)
  }
  state.log.push({ key, place, position, time, traffic: state.traffic })
}

async function* each<T>(number: number, items: AsyncIterable<T>): AsyncGenerator<T> {
  hit(number, 'before')
  for await (const item of items) {
    hit(number, 'after')
    yield item
    hit(number, 'before')
  }
  hit(number, 'end')
}

const failpoint = {
  before(number: number): void {
    hit(number, 'before')
    const outer = frames.getStore()
    frames.enterWith({ path: `${outer?.path ?? ''}>${number}`, outer })
  },
  begun<T>(number: number, value: T): T {
    frames.enterWith(frames.getStore()?.outer)
    hit(number, 'begun')
    return value
  },
  after<T>(number: number, value: T): T {
    hit(number, 'after')
    return value
  },
  leave<T>(number: number, value: T): T {
    hit(number, 'before')
    return value
  },
  enter: (number: number): void => hit(number, 'enter'),
  each,
}
Object.assign(globalThis, { failpoint })

/** What the world outside can know of this process changes only with these: each is a failpoint itself, for there are steps within the libraries too. */
function count(prototype: object, names: readonly string[]): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>
  for (const name of names) {
    const real = methods[name]
    if (!real) throw new Error(`no method ${name}`)
    methods[name] = function (this: unknown, ...args: unknown[]) {
      hit(name, 'before')
      state.traffic++
      return real.apply(this, args)
    }
  }
}
count(Socket.prototype, ['write', 'push', 'end', 'connect'])
count(StatementSync.prototype, ['run', 'all', 'get', 'iterate'])
