/** What a send came to: an info, or whatever was thrown; `cut` when we stopped waiting, `atOnce` when it threw before anything could leave. */
export type SendResult =
  | { readonly info: unknown }
  | { readonly error: unknown; readonly cut: boolean; readonly atOnce?: true }

export interface Patience {
  /** Milliseconds for the whole send. */
  readonly sendTimeout: number
  /** The body is on its way; where it is not after {@link beginTimeout}, waiting any longer is pointless. */
  readonly begun: () => boolean
  readonly signal: AbortSignal
  /** Milliseconds in which a send that was called off may still tell what came of it. @default 0 */
  readonly lastWords?: number
}

/** Milliseconds in which a connection is made or never: Nodemailer's own limit is two minutes. */
const beginTimeout = 150_000

/** Runs a send that may throw synchronously, reject with anything, or never settle (the pools of Nodemailer 6 to 9 do); settles in time. */
export function sendWithin(
  { sendTimeout, begun, signal, lastWords = 0 }: Patience,
  send: (ending: AbortSignal) => Promise<unknown>,
): Promise<SendResult> {
  const ending = new AbortController()
  return new Promise((resolve) => {
    const finish = (result: SendResult) => {
      clearTimeout(total)
      clearTimeout(begin)
      signal.removeEventListener('abort', abort)
      resolve(result)
      if ('cut' in result && result.cut) ending.abort()
    }
    const cut = (message: string, code: string) =>
      finish({ error: Object.assign(new Error(message), { code }), cut: true })
    const calledOff = () => cut('The send was called off', 'EABORT')
    const abort = () => void (lastWords > 0 ? setTimeout(calledOff, lastWords) : calledOff())
    const late = () => cut('The transport did not settle the send in time', 'ETIMEDOUT')
    const total = setTimeout(late, sendTimeout)
    const begin = setTimeout(() => begun() || late(), beginTimeout)
    signal.addEventListener('abort', abort, { once: true })
    try {
      Promise.resolve(send(ending.signal)).then(
        (info) => finish({ info }),
        (error) => finish({ error, cut: false }),
      )
    } catch (error) {
      finish({ error, cut: false, atOnce: true })
    }
  })
}
