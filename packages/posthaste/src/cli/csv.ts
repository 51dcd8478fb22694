/** The records of a CSV text (RFC 4180), each with the line that it begins on; empty lines are none. */
export function parseCsv(text: string): { line: number; fields: string[] }[] {
  const records: { line: number; fields: string[] }[] = []
  let line = 1
  let begin = 1
  let fields: string[] = []
  for (const [whole, quoted, bare = '', end] of text.replace(/^\ufeff/, '').matchAll(field)) {
    if (fields.length === 0) begin = line
    fields.push(quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"'))
    if (end !== ',') {
      if (fields.some((value) => value !== '')) records.push({ line: begin, fields })
      fields = []
    }
    line += whole.split('\n').length - 1
    if (end === '') break
  }
  return records
}

// A field in quotes or bare, and what ends it: a comma, a line's end, the text's end.
const field = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^,\r\n]*))(,|\r?\n|\r|$)/g

export function csvField(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
