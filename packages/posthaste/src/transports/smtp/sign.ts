import { createSign } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import DKIM, { type DKIMOptions } from 'nodemailer/lib/dkim'
import { PosthasteError } from '../../errors.ts'

/**
 * Prepends DKIM-Signature headers (RFC 6376) to rendered MIME. Buffers stay buffers; streams beyond 2 MB are spooled to disk.
 *
 * @throws {PH_CONFIG} when a key cannot sign: Nodemailer would send the mail unsigned, and say nothing
 */
export function dkimSigner(
  transport: string,
  options: DKIMOptions,
): (mime: Buffer | Readable) => Promise<Buffer | Readable> {
  const dkim = new DKIM({
    cacheDir: tmpdir(),
    cacheTreshold: 2 * 1024 * 1024,
    headerFieldNames: signedFields,
    ...options,
  })
  for (const key of dkim.keys) checkKey(transport, key)
  return async (mime) => {
    const signed = dkim.sign(mime)
    return Buffer.isBuffer(mime) ? await buffer(signed) : signed
  }
}

/** @throws {PH_CONFIG} naming the transport, and the key that cannot sign */
export function checkKey(
  transport: string,
  { domainName, keySelector, privateKey }: DKIM['keys'][number],
): void {
  if (!domainName || !keySelector || !privateKey) {
    throw new PosthasteError(
      'PH_CONFIG',
      `transports.${transport}: dkim needs domainName, keySelector and privateKey`,
    )
  }
  try {
    createSign('RSA-SHA256').update('').sign(privateKey)
  } catch (cause) {
    throw new PosthasteError(
      'PH_CONFIG',
      `transports.${transport}: the dkim key of ${keySelector}._domainkey.${domainName} cannot sign`,
      { cause },
    )
  }
}

/** Nodemailer's list, and List-Unsubscribe-Post, which RFC 8058 §4 wants signed beside List-Unsubscribe. */
const signedFields =
  'From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:Content-ID:Content-Description:' +
  'Resent-Date:Resent-From:Resent-Sender:Resent-To:Resent-Cc:Resent-Message-ID:In-Reply-To:References:List-Id:List-Help:List-Unsubscribe:' +
  'List-Unsubscribe-Post:List-Subscribe:List-Post:List-Owner:List-Archive:OTP-Token'
