/** One page with the whole of a policy: the chart, the pools as a table, and every sentence. It needs no network and no script. */
import { isByRole } from '../matching.js'
import type { People } from '../people.js'
import type { Policy } from '../policy.js'
import { type Cast, castOf } from '../prose/cast.js'
import { poolText } from '../prose/pools.js'
import type { Paragraph, Section } from '../prose/section.js'
import { idsNamed, introductionOf, sentencesOf } from '../prose/sentences.js'
import { capital, figure, named } from '../prose/words.js'
import type { ChartFold } from './chart.js'
import { escaped, svgOf } from './drawing.js'
import { pageStyle } from './page-style.js'
import { chartOf } from './policy-chart.js'

/** `people`: whose names are said for their ids. */
export function htmlOf(policy: Policy, people: People | null = null): string {
  const cast = castOf(people)
  const chart = chartOf(policy, cast)
  const sections = sentencesOf(policy, people)
  const title = `${policy.policy}: what happens to a lead`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${escaped(policy.policy)}</h1>
<p>${escaped(introductionOf(policy))}</p>
<nav aria-label="On this page"><a href="#chart">Chart</a> ${sections.map(({ id, title }) => `<a href="#${id}">${escaped(title)}</a>`).join(' ')}</nav>
</header>
<main>
<section id="chart" class="chart" aria-labelledby="chart-title">
<h2 id="chart-title">At a glance</h2>
<p class="legend">Read from left to right. A full line is the usual way, a broken one is taken when that is closed. Each box leads to its sentence.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Chart">
${svgOf(chart, title)}
</div>
${foldsHtml(chart.folds)}</section>
<article>
${sections.map(section => sectionHtml(section, policy, cast)).join('\n')}
</article>
</main>
</body>
</html>
`
}

function foldsHtml(folds: readonly ChartFold[]): string {
  if (folds.length === 0) return ''
  const details = folds.map(
    ({ id, title, rules }) =>
      `<details id="${escaped(id)}"><summary>${escaped(capital(title))}</summary><ul>${rules
        .map(
          rule =>
            `<li>${escaped(rule.text)} <a class="id" href="#rules/${escaped(rule.id)}">${escaped(rule.id)}</a></li>`,
        )
        .join('')}</ul></details>`,
  )
  return `<h3>What is folded in the chart</h3>\n${details.join('\n')}\n`
}

function sectionHtml({ id, title, paragraphs }: Section, policy: Policy, cast: Cast): string {
  const body = id === 'pools' ? poolsTable(policy, cast) : paragraphsHtml(paragraphs)
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>\n${body}\n</section>`
}

/** Items that follow each other are one list; a letter belongs to the item before it. */
function paragraphsHtml(paragraphs: readonly Paragraph[]): string {
  const parts: string[] = []
  let inList = false
  for (const paragraph of paragraphs) {
    const belongsToList: boolean = paragraph.kind === 'item' || (inList && paragraph.kind === 'letter')
    if (belongsToList !== inList) parts.push(belongsToList ? '<ul>' : '</ul>')
    inList = belongsToList
    parts.push(paragraphHtml(paragraph))
  }
  if (inList) parts.push('</ul>')
  return parts.join('\n')
}

function paragraphHtml({ kind, about, text }: Paragraph): string {
  if (kind === 'letter') return `<li class="letter"><blockquote>${escaped(text)}</blockquote></li>`
  const [first, ...others] = about
  const id = first === undefined ? '' : ` id="${escaped(first)}"`
  const anchors = others.map(name => `<span id="${escaped(name)}"></span>`).join('')
  const names = idsNamed({ about, text }).map(name => ` <code class="id">${escaped(name)}</code>`)
  const inner = `${anchors}${escaped(text)}${names.join('')}`
  return kind === 'item' ? `<li${id}>${inner}</li>` : `<p${id}>${inner}</p>`
}

function poolsTable(policy: Policy, cast: Cast): string {
  const rows = Object.entries(policy.pools).map(([id, pool]) => {
    const size = isByRole(pool.members)
      ? (cast.membersOf(pool.members.role)?.length ?? null)
      : Object.keys(pool.members).length
    return `<tr id="pools/${escaped(id)}"><th scope="row">${escaped(capital(named(id)))} <code class="id">${escaped(id)}</code></th><td>${size === null ? 'by role' : figure(size)}</td><td>${escaped(poolText(pool, cast))}</td></tr>`
  })
  return `<div class="scroll" tabindex="0" role="region" aria-label="Pools"><table>
<thead><tr><th scope="col">Pool</th><th scope="col">People</th><th scope="col">Who gets the lead</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`
}
