/** A lead's values one by one, with the keys of its maps: what a merge wrote is taken back value by value. */
import { type NormalisedLead, normalisedLead } from './lead.js'
import { addressFields, type Field, type FieldChange, isSame, personFields } from './merge.js'

/** One value by its name: a field, or a key of a map such as `utm.medium`. */
export type Slot = string
export type Value = string | number | boolean | null
export type Change = { before: Value; after: Value }
export type Slots = Map<Slot, Change>

/** Without the domain, which follows from address and website, and without the notes. */
export function slotsOf({
  utm,
  fields,
  notes: _notes,
  domain: _domain,
  domainKind: _kind,
  ...singles
}: NormalisedLead): [Slot, Value][] {
  const inside = (map: string, entries: NormalisedLead['fields']): [Slot, Value][] =>
    Object.entries(entries).map(([key, value]) => [`${map}.${key}`, value])
  return [...Object.entries(singles), ...inside('utm', utm), ...inside('fields', fields)]
}

export function slotChanges(changes: readonly FieldChange[]): Slots {
  const slots: Slots = new Map()
  for (const { field, before, after } of changes) {
    if (field === 'notes' || field === 'domain' || field === 'domainKind') continue
    if (isMap(before) && isMap(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const change = { before: before[key] ?? null, after: after[key] ?? null }
        if (change.before !== change.after) slots.set(`${field}.${key}`, change)
      }
    } else if (isValue(before) && isValue(after)) slots.set(field, { before, after })
  }
  return slots
}

/** The inverse of slotChanges; of a map, the keys that changed. */
export function changesOfSlots(slots: Slots): FieldChange[] {
  const changes: FieldChange[] = []
  const utm = { before: new Map<string, Value>(), after: new Map<string, Value>() }
  const maps = { utm, fields: { before: new Map<string, Value>(), after: new Map<string, Value>() } }
  for (const [slot, { before, after }] of slots) {
    const [field, key] = partsOf(slot)
    if (field !== 'utm' && field !== 'fields') changes.push({ field, before, after })
    else {
      if (before !== null) maps[field].before.set(key, before)
      if (after !== null) maps[field].after.set(key, after)
    }
  }
  for (const field of ['utm', 'fields'] as const) {
    const { [field]: shape } = normalisedLead.shape
    const [before, after] = [maps[field].before, maps[field].after].map(map =>
      shape.parse(Object.fromEntries(map)),
    )
    if (!isSame(before, after)) changes.push({ field, before: before ?? {}, after: after ?? {} })
  }
  return changes
}

/** These values in place of the lead's own. */
export function withSlots(lead: NormalisedLead, values: ReadonlyMap<Slot, Value>): NormalisedLead {
  const singles: Record<string, Value> = {}
  const maps: Record<'utm' | 'fields', Record<string, Value>> = { utm: {}, fields: {} }
  for (const [slot, value] of values) {
    const [field, key] = partsOf(slot)
    if (field !== 'utm' && field !== 'fields') singles[field] = value
    else if (value !== null) maps[field][key] = value
  }
  return normalisedLead.parse({ ...lead, ...singles, ...maps })
}

export function fieldOf(slot: Slot): Field {
  return partsOf(slot)[0]
}

/** The parts of a name, of an address or of a number stay together. */
const together: Readonly<Record<string, readonly Slot[]>> = {
  person: personFields,
  place: addressFields,
  email: ['email', 'emailKey'],
  phone: ['phone', 'phoneE164', 'phoneExtension'],
  company: ['company', 'companyKey'],
}

export function groupNameOf(slot: Slot): string {
  return Object.entries(together).find(([, slots]) => slots.includes(slot))?.[0] ?? slot
}

function partsOf(slot: Slot): [field: Field, key: string] {
  const map = /^(utm|fields)\.(.*)$/s.exec(slot)
  return [normalisedLead.keyof().parse(map?.[1] ?? slot), map?.[2] ?? '']
}

function isMap(value: FieldChange['before']): value is NormalisedLead['fields'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isValue(value: FieldChange['before']): value is Value {
  return typeof value !== 'object' || value === null
}
