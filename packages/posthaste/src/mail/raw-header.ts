/** Bytes of the header that are looked at; more is no header. */
const searched = 256 * 1024

/** One header of a whole message (RFC 5322), unfolded; undefined when it is not there. */
export function rawHeader(raw: string | Uint8Array, name: string): string | undefined {
  const text =
    typeof raw === 'string'
      ? raw.slice(0, searched)
      : Buffer.from(raw.subarray(0, searched)).toString('latin1')
  const end = text.search(/\r?\n\r?\n/)
  const lines = (end < 0 ? text : text.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const prefix = `${name.toLowerCase()}:`
  const line = lines.find((one) => one.slice(0, prefix.length).toLowerCase() === prefix)
  return line?.slice(prefix.length).trim() || undefined
}

/** Encoded words (RFC 2047) as a person reads them. */
export function decodeWords(text: string): string {
  return text
    .replace(/(=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?=)\s+(?==\?)/gi, '$1')
    .replace(
      /=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bq])\?([^?\s]*)\?=/gi,
      (whole, charset, encoding, word) => decodeWord(word, { charset, encoding }) ?? whole,
    )
}

function decodeWord(
  word: string,
  { charset, encoding }: { charset: string; encoding: string },
): string | undefined {
  const quoted = word
    .replace(/_/g, ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bytes = /b/i.test(encoding) ? Buffer.from(word, 'base64') : Buffer.from(quoted, 'latin1')
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return undefined
  }
}
