import { Worker } from 'node:worker_threads'

/** Ends the process, naming the call, where one keeps the event loop for 10 seconds: then nothing else here could. */
export function startWatchdog(): { began(index: number): void; end(): void } {
  const shared = new BigInt64Array(new SharedArrayBuffer(16))
  const watching = new Worker(source, { eval: true, workerData: shared })
  return {
    began(index) {
      Atomics.store(shared, 0, BigInt(index))
      Atomics.store(shared, 1, BigInt(Date.now()))
    },
    end: () => void watching.terminate(),
  }
}

const source = `
  const { workerData } = require('node:worker_threads')
  setInterval(() => {
    const began = Number(Atomics.load(workerData, 1))
    if (began === 0 || Date.now() - began < 10_000) return
    require('node:fs').writeSync(1, 'the call [' + Atomics.load(workerData, 0) + '] does not end\\n')
    process.kill(process.pid, 'SIGKILL')
  }, 500)
`
