/** Rows under a header, in columns as wide as their widest cell; no line ends in spaces. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows]
  const widths = header.map((_, at) => Math.max(...lines.map(cells => lengthOf(cells[at] ?? ''))))
  return lines.map(cells => `${line(cells, widths)}\n`).join('')
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return widths
    .map((width, at) => (cells[at] ?? '') + ' '.repeat(width - lengthOf(cells[at] ?? '')))
    .join('  ')
    .trimEnd()
}

/** Characters, not code units: `é` may be two and an emoji is two at least. */
function lengthOf(text: string): number {
  return [...new Intl.Segmenter().segment(text)].length
}
