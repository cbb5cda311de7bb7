/** What the public form of a source asks. */
import { type FormField, formFields, type SourceForm } from '../policy.js'
import type { Path } from '../yaml.js'
import type { Report } from './problems.js'
import type { PolicyShape } from './shape.js'

type FormShape = NonNullable<PolicyShape['sources'][string]['form']>
type FieldShape = NonNullable<Exclude<FormShape, boolean>['fields']>[number]

/** `declared`: the extra fields of the form's source. */
export function compileForm(
  form: FormShape | undefined,
  declared: readonly string[],
  path: Path,
  report: Report,
): SourceForm | null {
  if (form === undefined || form === false) return null
  if (form === true) return { title: null, fields: [] }
  const { title = null, fields = [] } = form
  const seen = new Set<string>()
  return {
    title,
    fields: fields.map((field, index) => {
      const at = [...path, 'fields', index]
      const compiled = compileField(field, declared, at, report)
      if (seen.has(compiled.name)) report({ path: at, message: 'is here twice', value: nameOf(field) })
      seen.add(compiled.name)
      return compiled
    }),
  }
}

function compileField(field: FieldShape, declared: readonly string[], path: Path, report: Report): FormField {
  const { label = null, type } = typeof field === 'string' ? {} : field
  const value = nameOf(field)
  if (declared.includes(value)) return { name: `fields.${value}`, label, type: type ?? 'text' }
  const allowed: readonly string[] = [...declared, ...formFields]
  const namePath = typeof field === 'string' ? path : [...path, 'name']
  if (!allowed.includes(value)) {
    report({
      path: namePath,
      message: 'neither declared by this source nor a field of a lead',
      value,
      allowed,
    })
  } else if (type !== undefined) {
    const message = `${value} has a type of its own; only what the source declares is given one`
    report({ path: [...path, 'type'], at: 'key', message, value: type })
  }
  return { name: value, label, type: type ?? 'text' }
}

function nameOf(field: FieldShape): string {
  return typeof field === 'string' ? field : field.name
}
