import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** One place in the herd: a process that is started again whenever it has ended. */
export interface Member {
  readonly name: string
  readonly pid: () => number
  readonly signal: (signal: NodeJS.Signals) => boolean
  readonly isStopped: () => boolean
  /** It has begun its work in this life, and does it. */
  readonly isAtWork: () => boolean
  /** Ends it for good and waits for that. */
  retire(): Promise<void>
}

export interface Keeping {
  /** The program, in one file. */
  readonly file: string
  /** The arguments of its next life. */
  readonly args: (life: number) => string[]
  readonly heard?: (message: Record<string, unknown>) => void
}

export function keep(name: string, { file, args, heard }: Keeping): Member {
  let child: ChildProcess | undefined
  let [lives, retired, stopped, working] = [0, false, false, false]
  const live = () => {
    // It may have been retired in the moment between two lives.
    if (retired) return
    const execArgv = ['--disable-warning=ExperimentalWarning']
    const stdio = ['ignore', 'ignore', process.env.CHAOS_DEBUG ? 'inherit' : 'ignore', 'ipc'] as const
    child = fork(file, args(lives++), { stdio: [...stdio], execArgv })
    ;[stopped, working] = [false, false]
    child.on('message', (message) => {
      working ||= typeof message === 'object' && message !== null && 'started' in message
      heard?.(message as Record<string, unknown>)
    })
    child.once('exit', () => {
      working = false
      setTimeout(live, 50)
    })
  }
  live()
  return {
    name,
    pid: () => child?.pid ?? 0,
    isStopped: () => stopped,
    isAtWork: () => working,
    signal: (signal) => {
      if (signal === 'SIGSTOP') stopped = true
      if (signal === 'SIGCONT') stopped = false
      return child?.exitCode === null && child.signalCode === null && child.kill(signal)
    },
    retire: async () => {
      retired = true
      const last = child
      if (!last || last.exitCode !== null || last.signalCode !== null) return
      const ended = once(last, 'exit')
      last.kill('SIGCONT')
      last.kill('SIGTERM')
      const impatient = setTimeout(() => last.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(impatient)
    },
  }
}
