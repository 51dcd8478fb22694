import type { Socket } from 'node:net'
import type SMTPTransport from 'nodemailer/lib/smtp-transport'
import { callApp, isThenable } from '../../app-call.ts'
import { errorText, isError, numberIn, peek } from '../../foreign.ts'
import { type SmtpOptions, smtpDefaults } from './options.ts'

/** How long the app may take to have a token, or to log in by a method of its own. Milliseconds. */
const loginTimeout = 60_000

/** The app's functions among a server's options. They are called in a socket's handler: what one throws there would end the process. */
export function guardedFunctions({ auth, customAuth, logger }: SmtpOptions): Partial<SmtpOptions> {
  return {
    ...(typeof peek(auth, 'provisionCallback') === 'function' && { auth: guardedAuth(auth) }),
    ...(customAuth && { customAuth: guardedHandlers(customAuth) }),
    ...(typeof logger === 'object' && logger !== null && { logger: guardedLogger(logger) }),
  }
}

type Auth = NonNullable<SmtpOptions['auth']>

function guardedAuth(auth: SmtpOptions['auth']): Auth {
  const provision = peek(auth, 'provisionCallback') as Provision
  return { ...auth, provisionCallback: guardedProvision(provision) } as Auth
}

type Provision = (...args: unknown[]) => unknown

/** The app's way to a token: throwing, rejecting or silent, it answers. */
function guardedProvision(provision: Provision) {
  return (user: string, renew: boolean, done: (...answer: unknown[]) => void) => {
    const finish = once(done, () => finish(new Error('provisionCallback gave no token in time')))
    callApp(
      () => provision(user, renew, finish),
      (error) => finish(new Error(errorText(error))),
    )
  }
}

/** The same functions of an SMTP transporter that the app has made: Nodemailer calls them as they are. What works goes on as it was. */
export function guardTransporter(transporter: object): void {
  const inner = peek(transporter, 'transporter')
  const options = peek(inner, 'options')
  if (typeof options === 'object' && options !== null)
    Object.assign(options, guardedFunctions(options as SmtpOptions))
  replaceFunction(peek(inner, 'auth', 'oauth2'), 'provisionCallback', guardedProvision)
  if (typeof peek(options, 'getSocket') === 'function') replaceFunction(inner, 'getSocket', guardedGetSocket)
}

function replaceFunction(holder: unknown, name: string, guard: (own: never) => unknown): void {
  const own = peek(holder, name)
  if (typeof own === 'function') (holder as Record<string, unknown>)[name] = guard(own as never)
}

function guardedGetSocket(getSocket: GetSocket): GetSocket {
  return (options, done) => {
    const connectionTimeout = numberIn(peek(options, 'connectionTimeout')) ?? smtpDefaults.connectionTimeout
    socketOf(getSocket, { ...(options as SmtpOptions), connectionTimeout }).then(
      (socket) => done(null, socket as never),
      (error) => done(error),
    )
  }
}

type Handlers = NonNullable<SmtpOptions['customAuth']>
type Handler = Handlers[string]

function guardedHandlers(handlers: Handlers): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([method, handler]) => [method, guardedHandler(handler)]),
  )
}

function guardedHandler(handler: Handler): Handler {
  return (context) => {
    const settle = once(
      (error?: unknown) => (error === undefined ? context.resolve() : context.reject(error as Error)),
      () => settle(new Error('customAuth did not log in in time')),
    )
    const failed = (error: unknown) => settle(new Error(errorText(error)))
    callApp(() => {
      const answer: unknown = handler({ ...context, resolve: () => settle(), reject: failed })
      return isThenable(answer) ? answer.then(() => settle()) : answer
    }, failed)
  }
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

function guardedLogger(logger: object): SmtpOptions['logger'] {
  const log =
    (level: string) =>
    (...line: unknown[]) => {
      const method = peek(logger, level)
      if (typeof method === 'function')
        callApp(
          () => method.apply(logger, line),
          () => {},
        )
    }
  return Object.fromEntries(levels.map((level) => [level, log(level)])) as unknown as SmtpOptions['logger']
}

/** Calls `done` once, with the first answer, or has `late` called where there is none in time. */
function once(done: (...answer: unknown[]) => void, late: () => void): (...answer: unknown[]) => void {
  let isDone = false
  const timer = setTimeout(late, loginTimeout)
  timer.unref()
  return (...answer) => {
    clearTimeout(timer)
    if (!isDone) done(...answer)
    isDone = true
  }
}

type GetSocket = SMTPTransport['getSocket']

/** A connected socket where the app's `getSocket`, or a proxy, gives one; false where Nodemailer connects. */
export function socketOf(
  getSocket: GetSocket,
  options: SmtpOptions & { readonly connectionTimeout: number },
): Promise<{ connection?: Socket } | false> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(new Error(`getSocket gave no connection within ${options.connectionTimeout} ms`))
    const timer = setTimeout(late, options.connectionTimeout)
    const answered = (error: unknown, socket?: unknown) => {
      clearTimeout(timer)
      if (error) reject(error)
      else if (!socket) resolve(false)
      else if (typeof peek(socket, 'connection', 'write') === 'function') resolve(socket)
      else reject(new Error('getSocket gave something that is no connection'))
    }
    callApp(
      () => getSocket({ ...options, connectStartedAt: Date.now() } as SMTPTransport.Options, answered),
      (error) => answered(isError(error) ? error : new Error(errorText(error))),
    )
  })
}
