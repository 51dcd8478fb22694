import { createSign } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DKIMKey, DKIMOptions } from 'nodemailer/lib/dkim'
import MessageParser, { type MessageParserHeaderLine } from 'nodemailer/lib/dkim/message-parser'
import RelaxedBody from 'nodemailer/lib/dkim/relaxed-body'
import signatureOf from 'nodemailer/lib/dkim/sign'
import { PosthasteError } from '../../errors.ts'
import { prepend } from '../prepend.ts'
import type { Dispatch } from '../transport.ts'

/** Gives the same mail with DKIM-Signature headers (RFC 6376) before its MIME. Rejects when the signal aborts, or the MIME cannot be read. */
export type Signer = (dispatch: Dispatch, signal: AbortSignal) => Promise<Dispatch>

/**
 * Signs with each key. A mail that comes as a stream is read twice, first for its hash and then on its way out: nothing is written to disk,
 * and no more than a piece of it is in memory.
 *
 * @throws {PH_CONFIG} when a key cannot sign: Nodemailer would send the mail unsigned, and say nothing
 */
export function dkimSigner(transport: string, options: DKIMOptions): Signer {
  const { hashAlgo = 'sha256', headerFieldNames = signedFields, skipFields } = options
  const keys = [options.keys ?? options].flat()
  for (const key of keys) checkKey(transport, key, hashAlgo)
  return async (dispatch, signal) => {
    const mime = await dispatch.mime()
    const { headers, bodyHash } = await digestOf(mime, hashAlgo, signal)
    const lines = keys.map(({ domainName, keySelector, privateKey }) => {
      const how = { domainName, keySelector, privateKey, headerFieldNames, skipFields }
      const line = signatureOf(headers, hashAlgo, bodyHash, how)
      if (line === false) throw new Error(`the dkim key of ${domainName} cannot sign any more`)
      return `${line}\r\n`
    })
    const signed = (unsigned: Buffer | Readable) => prepend(lines.join(''), unsigned)
    if (!Buffer.isBuffer(mime)) return { ...dispatch, mime: async () => signed(await dispatch.mime()) }
    const whole = signed(mime)
    return { ...dispatch, mime: async () => whole }
  }
}

/** @throws {PH_CONFIG} naming the transport, and the key that cannot sign */
export function checkKey(
  transport: string,
  { domainName, keySelector, privateKey }: DKIMKey,
  hashAlgo = 'sha256',
): void {
  if (!domainName || !keySelector || !privateKey) {
    throw new PosthasteError(
      'PH_CONFIG',
      `transports.${transport}: dkim needs domainName, keySelector and privateKey`,
    )
  }
  try {
    createSign(`RSA-${hashAlgo.toUpperCase()}`).update('').sign(privateKey)
  } catch (cause) {
    throw new PosthasteError(
      'PH_CONFIG',
      `transports.${transport}: the dkim key of ${keySelector}._domainkey.${domainName} cannot sign`,
      { cause },
    )
  }
}

/** What is signed of a mail: its header lines, and a hash of its body. */
async function digestOf(
  mime: Buffer | Readable,
  hashAlgo: string,
  signal: AbortSignal,
): Promise<{ headers: MessageParserHeaderLine[]; bodyHash: string }> {
  const digest = { headers: [] as MessageParserHeaderLine[], bodyHash: '' }
  const [parser, body] = [new MessageParser(), new RelaxedBody({ hashAlgo })]
  parser.once('headers', (headers) => Object.assign(digest, { headers }))
  body.once('hash', (bodyHash) => Object.assign(digest, { bodyHash }))
  await pipeline(piecesOf(mime, signal), parser, body.resume())
  return digest
}

/** A stream that is left here is not left in error: its own error says that the mail cannot be read. */
async function* piecesOf(mime: Buffer | Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(mime)) return yield mime
  try {
    for await (const piece of mime.iterator({ destroyOnReturn: false })) {
      signal.throwIfAborted()
      yield piece
    }
  } finally {
    mime.destroy()
  }
}

/** Nodemailer's list, and List-Unsubscribe-Post, which RFC 8058 §4 wants signed beside List-Unsubscribe. */
const signedFields =
  'From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:Content-ID:Content-Description:' +
  'Resent-Date:Resent-From:Resent-Sender:Resent-To:Resent-Cc:Resent-Message-ID:In-Reply-To:References:List-Id:List-Help:List-Unsubscribe:' +
  'List-Unsubscribe-Post:List-Subscribe:List-Post:List-Owner:List-Archive:OTP-Token'
