/** The parts of forms: a label with its control, and the key that makes a second click the same act. */
import { randomUUID } from 'node:crypto'
import type { Child } from 'hono/jsx'

/** A form that changes something. `back` says which page comes next. */
export function ActForm({ action, back, label, children }: ActFormProps) {
  return (
    <form method="post" action={action} aria-label={label}>
      <input type="hidden" name="key" value={randomUUID()} />
      {back === undefined ? null : <input type="hidden" name="back" value={back} />}
      {children}
    </form>
  )
}
type ActFormProps = { action: string; back?: 'queue'; label: string; children: Child }

type Option = { value: string; text: string }

export function Choice({ id, name, label, options, selected }: ChoiceProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name}>
        {options.map(({ value, text }) => (
          <option value={value} selected={value === selected}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
type ChoiceProps = {
  id: string
  name: string
  label: string
  options: readonly Option[]
  selected?: string | undefined
}

export function Line({ id, name, label, value, required }: LineProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} name={name} value={value} required={required} maxlength={1000} />
    </div>
  )
}
type LineProps = { id: string; name: string; label: string; value?: string | undefined; required?: boolean }

export function Prose({ id, name, label, least = 0, most }: ProseProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} name={name} required={least > 0} minlength={least || undefined} maxlength={most} />
    </div>
  )
}
type ProseProps = { id: string; name: string; label: string; least?: number; most: number }
