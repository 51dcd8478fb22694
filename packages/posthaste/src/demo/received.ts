/** The Message-ID of a mail as it came over the wire, in angle brackets. */
export function messageIdOf(mime: Buffer): string {
  return headerOf(mime, 'message-id')
}

/** The bytes of the one attachment; none where there is none. */
export function attachmentOf(mime: Buffer): Buffer {
  const boundary = /boundary="?([^";\r\n]+)/.exec(headerOf(mime, 'content-type'))?.[1]
  if (boundary === undefined) return Buffer.alloc(0)
  const parts = mime.toString('latin1').split(`--${boundary}`)
  const part = parts.find((one) => /^content-disposition: attachment/im.test(one)) ?? ''
  return Buffer.from(part.slice(part.indexOf('\r\n\r\n')), 'base64')
}

function headerOf(mime: Buffer, name: string): string {
  const head = mime
    .subarray(0, mime.indexOf('\r\n\r\n'))
    .toString()
    .replace(/\r\n[ \t]+/g, ' ')
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim() ?? ''
}
