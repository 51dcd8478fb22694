import type { Talk } from './session.ts'

export interface SmtpLogin {
  method: 'PLAIN' | 'LOGIN' | 'XOAUTH2'
  user: string
  /** The password or the token. */
  secret: string
}

/** AUTH PLAIN, LOGIN and XOAUTH2; gives the reply. */
export async function authenticate(talk: Talk, line: string): Promise<string> {
  const [, method = '', initial] = line.split(' ')
  const login = await readLogin(talk, method.toUpperCase(), initial)
  if (!login) return '504 5.5.4 Unrecognised authentication type'
  const allowed = await (talk.options.auth ?? (() => true))(login)
  if (!allowed) return '535 5.7.8 Authentication credentials invalid'
  talk.session.user = login.user
  return '235 2.7.0 Authentication successful'
}

async function readLogin(talk: Talk, method: string, initial?: string): Promise<SmtpLogin | undefined> {
  if (method === 'PLAIN') {
    const [, user = '', secret = ''] = decode(initial ?? (await ask(talk, ''))).split('\0')
    return { method, user, secret }
  }
  if (method === 'LOGIN') {
    const user = decode(initial ?? (await ask(talk, 'VXNlcm5hbWU6')))
    return { method, user, secret: decode(await ask(talk, 'UGFzc3dvcmQ6')) }
  }
  if (method !== 'XOAUTH2') return undefined
  const fields = decode(initial ?? (await ask(talk, ''))).split('\u0001')
  const field = (start: string) => fields.find((text) => text.startsWith(start))?.slice(start.length) ?? ''
  return {
    method,
    user: field('user='),
    secret: field('auth=Bearer '),
  }
}

async function ask({ wire, session }: Talk, challenge: string): Promise<string> {
  wire.write(`334 ${challenge}`)
  const line = (await wire.line()) ?? ''
  session.commands.push(line)
  return line
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')
