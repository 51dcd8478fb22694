import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The CPU that this thread used in the slowest turn of its event loop, and what went on then. */
export interface Tick {
  readonly ms: number
  readonly during: string
}

export interface Ticks {
  slowest: Tick
  /** What goes on now; '' is not measured. */
  during: string
  end(): void
}

/** A busy machine makes a turn take longer, and use no more of the processor. The immediate keeps no loop awake that would sleep. */
export function measureTicks(): Ticks {
  let [before, next] = [cpu(), undefined as NodeJS.Immediate | undefined]
  const ticks: Ticks = {
    slowest: { ms: 0, during: '' },
    during: '',
    end: () => clearImmediate(next),
  }
  let was = ''
  const look = () => {
    const now = cpu()
    const ms = now - before - spentAside
    spentAside = 0
    if (was !== '' && ticks.during !== '' && ms > ticks.slowest.ms) ticks.slowest = { ms, during: was }
    ;[before, was] = [now, ticks.during]
    next = setImmediate(look).unref()
  }
  look()
  return ticks
}

let spentAside = 0

/** Work of the fuzz's own: it counts to no turn. */
export function aside<T>(work: () => T): T {
  const began = cpu()
  try {
    return work()
  } finally {
    spentAside += cpu() - began
  }
}

function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

let collect: (() => void) | undefined

/** Bytes that JavaScript has in use once all garbage has been collected; what sockets have yet to write is not among them. */
export function memoryInUse(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
