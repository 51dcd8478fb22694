/** Bytes of the header that are looked at; more is no header. */
const searched = 256 * 1024

/** One header of a whole message (RFC 5322), unfolded; undefined when it is not there. */
export function rawHeader(raw: string | Uint8Array, name: string): string | undefined {
  const text = typeof raw === 'string' ? raw.slice(0, searched) : Buffer.from(raw.subarray(0, searched)).toString('latin1')
  const end = text.search(/\r?\n\r?\n/)
  const lines = (end < 0 ? text : text.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const prefix = `${name.toLowerCase()}:`
  const line = lines.find((one) => one.slice(0, prefix.length).toLowerCase() === prefix)
  return line?.slice(prefix.length).trim() || undefined
}
