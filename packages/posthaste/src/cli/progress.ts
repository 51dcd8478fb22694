import { colorsFor, type Output } from './output.ts'

export interface Progress {
  done(more: number): void
  end(): void
}

const width = 30

/** On a terminal: a bar where the total is known, else a count. In a pipe: nothing. */
export function createProgress(out: Output, what: string, total?: number): Progress {
  const { stderr } = process
  const drawn = stderr.isTTY === true && !out.json
  let done = 0
  const draw = () => {
    if (drawn) stderr.write(`\r\x1b[K${what} ${total === undefined ? done : bar(done, total)}`)
  }
  draw()
  return {
    done(more) {
      done += more
      draw()
    },
    end() {
      if (drawn) stderr.write('\r\x1b[K')
    },
  }
}

function bar(done: number, total: number): string {
  const { green, dim } = colorsFor(process.stderr)
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const full = Math.round(share * width)
  return `${green('█'.repeat(full))}${dim('░'.repeat(width - full))} ${Math.floor(share * 100)}%  ${done}/${total}`
}
