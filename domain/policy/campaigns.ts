/** What an owner is told and what a prospect is sent, per campaign. */
import { type Campaign, type Template, templateVariables } from '../policy.js'
import type { Path } from '../yaml.js'
import type { Report } from './problems.js'
import type { Setting } from './references.js'
import type { PolicyShape } from './shape.js'

type TemplateShapes = NonNullable<PolicyShape['templates']>

/** `templates` is undefined where that section could not be read; what is wrong with it has then been reported. */
export function compileCampaigns(
  campaigns: PolicyShape['campaigns'],
  templates: TemplateShapes | undefined,
  { references, report }: Setting,
): Record<string, Campaign> {
  const compiled = compileTemplates(templates ?? {}, report)
  return Object.fromEntries(
    Object.entries(campaigns).map(([id, { notify, acknowledge }]) => {
      if (acknowledge !== undefined && !references.templates.includes(acknowledge.template)) {
        const path = ['campaigns', id, 'acknowledge', 'template']
        const allowed = references.templates
        report({ path, message: 'unknown template', value: acknowledge.template, allowed })
      }
      const template = acknowledge === undefined ? undefined : compiled.get(acknowledge.template)
      const campaign: Campaign = {
        notify: notify ?? 'short',
        acknowledge: template === undefined ? null : { by: 'email', template },
      }
      return [id, campaign]
    }),
  )
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
