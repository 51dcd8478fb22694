interface Arrow {
  readonly from: string
  readonly to: string
  readonly lines: readonly string[]
}

/** Pixels. */
const column = 96
const width = 7 * column
const textLine = 15
const letter = 6.4
const lettersAcross = Math.floor(width / letter) - 4

/**
 * A state diagram of Mermaid's, drawn as rows: a column for each state, and an arrow for each way from one to another. So it can be read however many
 * there are, and needs no library.
 */
export function statePicture(source: string): string {
  const arrows = arrowsOf(source)
  const states = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].filter((state) => state !== '[*]')
  const x = (state: string) => column / 2 + (states.indexOf(state) * width) / states.length
  const rows: string[] = []
  let y = 34
  for (const arrow of arrows) {
    y += 14 + arrow.lines.length * textLine
    rows.push(row(arrow, x, y))
  }
  const height = y + 40
  const columns = states.map((state) => columnOf(state, x(state), height))
  const words = `<title>The states of a mail, and the ways between them</title>`
  return `<svg class="state-picture" role="img" viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg" style="${style}">${words}${marker}${columns.join('')}${rows.join('')}</svg>\n`
}

function arrowsOf(source: string): Arrow[] {
  const [kind, ...lines] = source.trim().split('\n')
  if (kind !== 'stateDiagram-v2') throw new Error(`no picture is drawn of Mermaid's ${kind}`)
  return lines.map((line) => {
    const [, from, to, label] = /^\s*(\S+) --> (\S+?): (.+)$/.exec(line) ?? []
    if (!from || !to || !label) throw new Error(`no arrow of a state diagram: ${line}`)
    return { from, to, lines: wrapped(label) }
  })
}

function wrapped(label: string): string[] {
  const lines = ['']
  for (const word of label.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last.length + word.length < lettersAcross) lines[lines.length - 1] = `${last} ${word}`.trim()
    else lines.push(word)
  }
  return lines
}

/** A mail begins, or is deleted, at a dot beside the state's column. */
function row({ from, to, lines }: Arrow, x: (state: string) => number, y: number): string {
  const [begin, end] = [from === '[*]' ? x(to) - 30 : x(from), to === '[*]' ? x(from) + 30 : x(to)]
  const length = Math.max(...lines.map((line) => line.length)) * letter
  const left = Math.round(Math.max(4, Math.min(begin + 6, end + 6, width - length - 4)))
  const texts = lines.map(
    (line, n) =>
      `<text x="${left}" y="${y - 6 - (lines.length - 1 - n) * textLine}" ${halo}>${escaped(line)}</text>`,
  )
  const dots = [from === '[*]' ? dot(begin, y) : '', to === '[*]' ? dot(end, y) : '']
  const tip = end > begin ? end - 3 : end + 3
  return `${texts.join('')}<line x1="${begin}" y1="${y}" x2="${tip}" y2="${y}" stroke="currentColor" stroke-width="1.4" marker-end="url(#state-tip)"/>${dots.join('')}`
}

function columnOf(state: string, x: number, height: number): string {
  const name = (y: number) =>
    `<text x="${x}" y="${y}" text-anchor="middle" font-weight="600">${escaped(state)}</text>`
  return `${name(18)}<line x1="${x}" y1="26" x2="${x}" y2="${height - 24}" stroke="currentColor" opacity="0.25"/>${name(height - 8)}`
}

const dot = (x: number, y: number) => `<circle cx="${x}" cy="${y}" r="4" fill="currentColor"/>`
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('{', '&#123;')
const style = 'width:100%;height:auto;font:12px sans-serif;fill:currentColor'
const halo = 'style="paint-order:stroke;stroke:var(--vp-c-bg, white);stroke-width:4px"'
const marker =
  '<defs><marker id="state-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>'
