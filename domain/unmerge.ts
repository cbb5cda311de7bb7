/**
 * Takes a merge back: the submission was somebody else's after all (R09). What it brought goes, unless somebody has
 * changed it since, and what came later stays, whichever of several merges is taken back first.
 */
import type { EnrichableField } from './enrich.js'
import { readEmail } from './identity/email.js'
import { conflictsWithCountry, domainFields } from './identity/normalise.js'
import { type DataNote, type NormalisedLead, normalisedLead } from './lead.js'
import { addressFields, betweenMessages, type Field, type FieldChange, isSame, personFields } from './merge.js'

/** What a merge did, as the lead that took the submission in keeps it. Holds personal data: Postgres only. */
export type KeptMerge = {
  changes: readonly FieldChange[]
  /** What enrichment had filled and the submission then gave, be it the same value. */
  released: readonly EnrichableField[]
}

/** A merge after the one in question, and what its submission says. */
export type LaterMerge = KeptMerge & { incoming: NormalisedLead }

export type Unmerged = {
  lead: NormalisedLead
  /** What the submission had changed and stays: somebody corrected it, or a later submission changed or says it too. */
  kept: Field[]
  /** What is only filled by enrichment again, as far as nobody has changed it since. */
  filled: EnrichableField[]
  /** The later merges, in their order, so that taking one of them back never brings this one's values back. */
  later: KeptMerge[]
}

/**
 * @param current the lead as it is now
 * @param later the merges since, the earliest first
 * @throws ZodError when the changes do not fit a lead (a bug, or rows of another release)
 */
export function unmergeLead(
  current: NormalisedLead,
  merge: KeptMerge,
  later: readonly LaterMerge[] = [],
): Unmerged {
  const values = new Map(slotsOf(current))
  const layers = later.map(({ changes, incoming }) => ({ slots: slotChanges(changes), incoming }))
  const kept = new Set<Field>()
  for (const group of groupsOf(slotChanges(merge.changes))) {
    for (const slot of takeBack(group, values, layers)) kept.add(fieldOf(slot))
  }
  const lead = leadOf(current, values, merge, kept)
  const givers = merge.released.map(field => later.findIndex(({ incoming }) => incoming[field] !== null))
  return {
    lead,
    kept: [...kept],
    filled: merge.released.filter((field, at) => givers[at] === -1 && !kept.has(field)),
    later: later.map(({ changes, released }, at) => ({
      changes: [...changes.filter(({ field }) => field === 'notes'), ...changesOf(layers[at]?.slots)],
      released: [...released, ...merge.released.filter((_, which) => givers[which] === at)],
    })),
  }
}

/** One value of a lead by its name: a field, or a key of a map such as `utm.medium`. */
type Slot = string
type Value = string | number | boolean | null
type Slots = Map<Slot, { before: Value; after: Value }>
/** The parts of a name, of an address or of a number, which stay together. */
type Group = Slots
type Layer = { slots: Slots; incoming: NormalisedLead }

/** Takes the group's values out of the lead and of the layers above; gives those that stay. */
function takeBack(group: Group, values: Map<Slot, Value>, layers: readonly Layer[]): Slot[] {
  const message = group.get('message')
  if (message !== undefined && isAddedTo(message.after, values, layers)) {
    takeOutOfMessages(message, values, layers)
    return []
  }
  const heir = layers.find(layer => touches(layer, group) || saysTheSame(layer, group))
  if (heir !== undefined) {
    handOver(group, heir)
    return [...group.keys()]
  }
  const isUntouched = [...group].every(([slot, { after }]) => (values.get(slot) ?? null) === after)
  if (!isUntouched) return [...group.keys()]
  for (const [slot, { before }] of group) values.set(slot, before)
  return []
}

function touches({ slots }: Layer, group: Group): boolean {
  const touched = new Set([...slots.keys()].map(groupNameOf))
  return [...group.keys()].some(slot => touched.has(groupNameOf(slot)))
}

function saysTheSame({ incoming }: Layer, group: Group): boolean {
  const given = new Map(slotsOf(incoming))
  return [...group].every(([slot, { before, after }]) => {
    const said = given.get(slot) ?? null
    if (slot !== 'message') return said === after && said !== null
    return typeof said === 'string' && `${after}`.includes(said) && !`${before ?? ''}`.includes(said)
  })
}

/** From now on the later merge is what changed these values, from what they were before either of the two. */
function handOver(group: Group, { slots }: Layer): void {
  for (const [slot, mine] of group) {
    const its = slots.get(slot)
    if (its === undefined) slots.set(slot, mine)
    else if (its.before === mine.after && its.after === mine.before) slots.delete(slot)
    else if (its.before === mine.after) slots.set(slot, { before: mine.before, after: its.after })
  }
}

/** Whatever was said after it stands behind it. */
function isAddedTo(after: Value, values: Map<Slot, Value>, layers: readonly Layer[]): boolean {
  const next = layers.find(({ slots }) => slots.has('message'))?.slots.get('message')?.after
  return `${next ?? values.get('message') ?? ''}`.startsWith(`${after}${betweenMessages}`)
}

function takeOutOfMessages(
  mine: { before: Value; after: Value },
  values: Map<Slot, Value>,
  layers: readonly Layer[],
): void {
  const without = (message: Value): Value => {
    if (message === mine.after) return mine.before
    const start = `${mine.after}${betweenMessages}`
    if (typeof message !== 'string' || !message.startsWith(start)) return message
    const rest = message.slice(start.length)
    return mine.before === null ? rest : `${mine.before}${betweenMessages}${rest}`
  }
  for (const { slots } of layers) {
    const its = slots.get('message')
    if (its !== undefined) slots.set('message', { before: without(its.before), after: without(its.after) })
  }
  values.set('message', without(values.get('message') ?? null))
}

function groupsOf(changes: Slots): Group[] {
  const groups = new Map<string, Group>()
  for (const [slot, change] of changes) {
    const name = groupNameOf(slot)
    groups.set(name, (groups.get(name) ?? new Map()).set(slot, change))
  }
  return [...groups.values()]
}

const together: Readonly<Record<string, readonly Slot[]>> = {
  person: personFields,
  place: addressFields,
  email: ['email', 'emailKey'],
  phone: ['phone', 'phoneE164', 'phoneExtension'],
  company: ['company', 'companyKey'],
}

function groupNameOf(slot: Slot): string {
  return Object.entries(together).find(([, slots]) => slots.includes(slot))?.[0] ?? slot
}

/** Not the domain, which follows from address and website, nor the notes, which follow from the rest. */
function slotsOf({
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

function slotChanges(changes: readonly FieldChange[]): Slots {
  const slots: Slots = new Map()
  for (const { field, before, after } of changes) {
    if (field === 'notes' || field === 'domain' || field === 'domainKind') continue
    if (isMap(before) && isMap(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const [old, new_] = [before[key] ?? null, after[key] ?? null]
        if (old !== new_) slots.set(`${field}.${key}`, { before: old, after: new_ })
      }
    } else if (isValue(before) && isValue(after)) slots.set(field, { before, after })
  }
  return slots
}

/** Of a map, the keys that changed. */
function changesOf(slots: Slots = new Map()): FieldChange[] {
  const changes: FieldChange[] = []
  const maps = { utm: [new Map(), new Map()], fields: [new Map(), new Map()] } as const
  for (const [slot, { before, after }] of slots) {
    const [field, key] = partsOf(slot)
    if (field !== 'utm' && field !== 'fields') changes.push({ field, before, after })
    else {
      if (before !== null) maps[field][0].set(key, before)
      if (after !== null) maps[field][1].set(key, after)
    }
  }
  for (const [field, [before, after]] of [['utm', maps.utm], ['fields', maps.fields]] as const) {
    if (before.size + after.size > 0)
      changes.push({ field, before: Object.fromEntries(before), after: Object.fromEntries(after) })
  }
  return changes
}

function leadOf(
  current: NormalisedLead,
  values: ReadonlyMap<Slot, Value>,
  { changes }: KeptMerge,
  kept: ReadonlySet<Field>,
): NormalisedLead {
  const singles: Record<string, Value> = {}
  const maps: Record<'utm' | 'fields', Record<string, Value>> = { utm: {}, fields: {} }
  for (const [slot, value] of values) {
    const [field, key] = partsOf(slot)
    if (field !== 'utm' && field !== 'fields') singles[field] = value
    else if (value !== null) maps[field][key] = value
  }
  const lead = normalisedLead.parse({ ...current, ...singles, ...maps })
  const isReached = isSame([lead.email, lead.website], [current.email, current.website])
  const placed = isReached ? lead : { ...lead, ...domainOf(lead) }
  return { ...placed, notes: notesOf(placed, changes, kept) }
}

function domainOf({ email, website }: NormalisedLead): Pick<NormalisedLead, 'domain' | 'domainKind'> {
  const reading = email === null ? null : readEmail(email)
  return domainFields(reading?.kind === 'ok' ? reading.host : null, website)
}

/** A note goes and comes with the values that it speaks of. */
function notesOf(lead: NormalisedLead, changes: readonly FieldChange[], kept: ReadonlySet<Field>): DataNote[] {
  const change = changes.find(({ field }) => field === 'notes')
  const [before, after] = [notesIn(change?.before), notesIn(change?.after)]
  if (kept.size === 0 && isSame(lead.notes, after)) return before
  const isIn = (notes: readonly DataNote[], note: DataNote) => notes.some(other => isSame(other, note))
  const stays = ({ fields }: DataNote) => [...kept].some(field => fields.includes(field))
  const standing = [
    ...lead.notes.filter(note => isIn(before, note) || !isIn(after, note) || stays(note)),
    ...before.filter(note => !isIn(after, note) && !isIn(lead.notes, note) && !stays(note)),
  ]
  return [...standing, ...conflictsWithCountry(lead).filter(note => !isIn(standing, note))]
}

function notesIn(value: FieldChange['before'] | undefined): DataNote[] {
  return normalisedLead.shape.notes.catch([]).parse(value)
}

function partsOf(slot: Slot): [field: Field, key: string] {
  const map = /^(utm|fields)\.(.*)$/s.exec(slot)
  return [normalisedLead.keyof().parse(map?.[1] ?? slot), map?.[2] ?? '']
}

function fieldOf(slot: Slot): Field {
  return partsOf(slot)[0]
}

function isMap(value: FieldChange['before']): value is NormalisedLead['fields'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isValue(value: FieldChange['before']): value is Value {
  return typeof value !== 'object' || value === null
}
