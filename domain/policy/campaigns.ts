/** What an owner is told and what a prospect is sent, per campaign. */
import { type Campaign, type ProspectLetter, type Template, templateVariables } from '../policy.js'
import type { Path } from '../yaml.js'
import { compileCondition } from './conditions.js'
import type { Report } from './problems.js'
import type { Setting } from './references.js'
import type { PolicyShape } from './shape.js'

type TemplateShapes = NonNullable<PolicyShape['templates']>

/** `templates` is undefined where that section could not be read; what is wrong with it has then been reported. */
export function compileCampaigns(
  campaigns: PolicyShape['campaigns'],
  templates: TemplateShapes | undefined,
  setting: Setting,
): Record<string, Campaign> {
  const compiled = compileTemplates(templates ?? {}, setting.report)
  return Object.fromEntries(
    Object.entries(campaigns).map(([id, { intent, notify, team, acknowledge, meetingLink }]) => {
      const path = ['campaigns', id]
      const campaign: Campaign = {
        intent: intent ?? 0,
        notify: notify ?? 'short',
        team: team ?? 'short',
        acknowledge: compileLetter(acknowledge, compiled, [...path, 'acknowledge'], setting),
        meetingLink: compileLetter(meetingLink, compiled, [...path, 'meetingLink'], setting),
      }
      reportNoLink(meetingLink?.template, compiled, [...path, 'meetingLink', 'template'], setting.report)
      return [id, campaign]
    }),
  )
}

function compileLetter(
  letter: PolicyShape['campaigns'][string]['acknowledge'],
  templates: ReadonlyMap<string, Template>,
  path: Path,
  { references, report }: Setting,
): ProspectLetter | null {
  if (letter === undefined) return null
  if (!references.templates.includes(letter.template)) {
    const allowed = references.templates
    report({
      path: [...path, 'template'],
      message: 'unknown template',
      value: letter.template,
      allowed,
    })
  }
  const when =
    letter.when === undefined
      ? null
      : compileCondition(letter.when, [...path, 'when'], { stage: 'rule', names: references, report })
  const template = templates.get(letter.template)
  return template === undefined ? null : { by: 'email', template, when }
}

/** By a letter without the link nobody could book anything. */
function reportNoLink(
  value: string | undefined,
  templates: ReadonlyMap<string, Template>,
  path: Path,
  report: Report,
): void {
  const template = templates.get(value ?? '')
  if (template === undefined || hasLink(template)) return
  const allowed = [...templates].flatMap(([id, each]) => (hasLink(each) ? [id] : []))
  report({ path, message: 'the text of this template has no {{meetingLink}}', value, allowed })
}

function hasLink({ text }: Template): boolean {
  return text.includes('{{meetingLink}}')
}

function compileTemplates(templates: TemplateShapes, report: Report): ReadonlyMap<string, Template> {
  return new Map(
    Object.entries(templates).map(([id, { subject, text }]) => {
      const path = ['templates', id]
      if (/[\r\n]/.test(subject)) {
        report({ path: [...path, 'subject'], message: 'a subject is one line', value: undefined })
      }
      return [
        id,
        {
          subject: compileText(subject, [...path, 'subject'], report),
          text: compileText(text, [...path, 'text'], report),
        },
      ]
    }),
  )
}

/** Variables are written `{{firstName}}` in what is stored, however they were spaced. */
function compileText(text: string, path: Path, report: Report): string {
  const known: readonly string[] = templateVariables
  const compiled = text.replace(/\{\{([^{}]*)\}\}/g, (_, inside: string) => {
    const variable = inside.trim()
    if (!known.includes(variable))
      report({ path, message: 'unknown variable', value: variable, allowed: known })
    return `{{${variable}}}`
  })
  if (/\{\{|\}\}/.test(compiled.replace(/\{\{[^{}]*\}\}/g, ''))) {
    report({
      path,
      message: 'a variable is not closed, or not opened; expected {{firstName}}',
      value: undefined,
    })
  }
  return compiled
}
