import { BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { isProduction } from '../../environment.ts'
import type { ServerOptions } from './server.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const privateNetworks = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateNetworks.addSubnet(network, bits)
privateNetworks.addSubnet('fc00::', 7, 'ipv6')
privateNetworks.addSubnet('fe80::', 10, 'ipv6')

const warned = new Set<string>()

/**
 * Why nothing may be sent on this line: a login was given, and the line has no TLS. Asked before the login, and where the server wants none,
 * too, for an attacker that can take STARTTLS out of an answer can take AUTH out of it.
 */
export function exposureOf(smtp: SMTPConnection, options: ServerOptions): Error | undefined {
  const socket = smtp._socket
  if (!options.auth || options.allowInsecureAuth || !socket || socket instanceof TLSSocket || options.secured)
    return undefined
  const isDirect = !options.proxy && !options.getSocket
  const address = (isDirect ? socket.remoteAddress : options.host) ?? ''
  if (isIn(loopback, address)) return undefined
  if (isIn(privateNetworks, address) && !isProduction()) {
    warn(options.host ?? address)
    return undefined
  }
  return Object.assign(
    new Error(
      `the line to ${options.host} has no TLS, and a login is configured: nothing was sent. Use smtps://, a server that offers STARTTLS, or allowInsecureAuth`,
    ),
    { code: 'ETLS' },
  )
}

function isIn(list: BlockList, address: string): boolean {
  if (address === 'localhost') return list === loopback
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  const family = isIP(plain)
  return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

function warn(host: string): void {
  if (warned.has(host)) return
  warned.add(host)
  process.emitWarning(
    `The login for ${host} crosses a private network without TLS. With NODE_ENV=production it is refused, unless the transport says allowInsecureAuth.`,
    { type: 'PosthasteWarning', code: 'PH_INSECURE_AUTH' },
  )
}
