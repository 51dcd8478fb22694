import { Worker } from 'node:worker_threads'

export interface Watchdog {
  began(index: number): void
  end(): void
}

/** Ends the process, naming the call or the round, where one keeps the event loop for so long: then nothing else here could. */
export function startWatchdog({ what = 'call', ms = 10_000 } = {}): Watchdog {
  const shared = new BigInt64Array(new SharedArrayBuffer(16))
  const watching = new Worker(source, { eval: true, workerData: { shared, what, ms } })
  return {
    began(index) {
      Atomics.store(shared, 0, BigInt(index))
      Atomics.store(shared, 1, BigInt(Date.now()))
    },
    end: () => void watching.terminate(),
  }
}

const source = `
  const { workerData: { shared, what, ms } } = require('node:worker_threads')
  setInterval(() => {
    const began = Number(Atomics.load(shared, 1))
    if (began === 0 || Date.now() - began < ms) return
    require('node:fs').writeSync(1, 'the ' + what + ' [' + Atomics.load(shared, 0) + '] does not end\\n')
    process.kill(process.pid, 'SIGKILL')
  }, 500)
`
