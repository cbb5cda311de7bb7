/**
 * Takes a merge back: the submission was somebody else's after all (R09). What it brought goes, unless somebody has
 * changed it since, and what came later stays, whichever of several merges is taken back first.
 */
import type { EnrichableField } from './enrich.js'
import { readEmail } from './identity/email.js'
import { conflictsWithCountry, domainFields } from './identity/normalise.js'
import { type DataNote, type NormalisedLead, normalisedLead } from './lead.js'
import { betweenMessages, type Field, type FieldChange, isSame, type MergeResult } from './merge.js'
import {
  type Change,
  changesOfSlots,
  fieldOf,
  groupNameOf,
  type Slot,
  type Slots,
  slotChanges,
  slotsOf,
  type Value,
  withSlots,
} from './slots.js'

/** What a merge did, as the lead that took the submission in keeps it. Holds personal data: Postgres only. */
export type KeptMerge = {
  changes: readonly FieldChange[]
  /** What enrichment had filled and the submission then gave, be it the same value. */
  released: readonly EnrichableField[]
  lost: MergeResult['lost']
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
  const layers = later.map(layerOf)
  const kept = new Map<Field, Layer | null>()
  const mine = slotChanges(merge.changes)
  for (const group of groupsOf(mine)) {
    const taken = takeBack(group, values, layers)
    if (!taken.back) for (const slot of group.keys()) kept.set(fieldOf(slot), taken.heir)
  }
  const notes = notesAfter(current.notes, noteChange(merge.changes), kept)
  const givers = merge.released.map(field => later.findIndex(({ incoming }) => incoming[field] !== null))
  return {
    lead: leadOf(current, values, notes),
    kept: [...kept.keys()],
    filled: merge.released.filter((field, at) => givers[at] === -1 && !kept.has(field)),
    later: layers.map((layer, at) => ({
      changes: changesOf(layer),
      released: [
        ...(later[at]?.released ?? []),
        ...merge.released.filter((_, which) => givers[which] === at),
      ],
      lost: (later[at]?.lost ?? []).filter(one => !isOf(mine, one)),
    })),
  }
}

/** A value that a later merge had to give up, and that came from the one that is taken back. */
function isOf(slots: Slots, { field, side, value }: MergeResult['lost'][number]): boolean {
  const after = slots.get(field)?.after ?? null
  if (side !== 'existing' || after === null) return false
  return field === 'message' ? `${value}`.includes(`${after}`) : value === after
}

/** Slots that stay together. */
type Group = Slots
type NoteChange = { before: DataNote[]; after: DataNote[] }
/** What a later merge changed, on top of the one that is taken back. */
type Layer = { slots: Slots; notes: NoteChange; incoming: NormalisedLead }

function layerOf({ changes, incoming }: LaterMerge): Layer {
  return { slots: slotChanges(changes), notes: noteChange(changes), incoming }
}

type TakenBack = { back: true } | { back: false; heir: Layer | null }

/** Takes the group's values out of the lead and of the layers above, or leaves them to the layer that has them too. */
function takeBack(group: Group, values: Map<Slot, Value>, layers: readonly Layer[]): TakenBack {
  const heir = layers.find(layer => touches(layer, group) || saysTheSame(layer, group)) ?? null
  const message = group.get('message')
  const isFree = heir === null || touches(heir, group)
  if (message !== undefined && isFree && isAddedTo(message.after, values, layers)) {
    takeOutOfMessages(message, values, layers)
    return { back: true }
  }
  if (heir !== null) {
    handOver(group, heir)
    return { back: false, heir }
  }
  const isUntouched = [...group].every(([slot, { after }]) => (values.get(slot) ?? null) === after)
  if (!isUntouched) return { back: false, heir: null }
  for (const [slot, { before }] of group) values.set(slot, before)
  return { back: true }
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

function takeOutOfMessages(mine: Change, values: Map<Slot, Value>, layers: readonly Layer[]): void {
  const start = `${mine.after}${betweenMessages}`
  const without = (message: Value): Value => {
    if (message === mine.after) return mine.before
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

/** A note goes and comes back with the values that it speaks of, and is left to whoever has those. */
function notesAfter(
  current: DataNote[],
  { before, after }: NoteChange,
  kept: ReadonlyMap<Field, Layer | null>,
): DataNote[] {
  if (kept.size === 0 && isSame(current, after)) return before
  const ofKept = ({ fields }: DataNote) => [...kept].filter(([field]) => fields.includes(field))
  const added = after.filter(note => !isIn(before, note))
  const dropped = before.filter(note => !isIn(after, note))
  const back = (note: DataNote) => ofKept(note).length === 0
  for (const note of [...added, ...dropped]) {
    for (const heir of new Set(ofKept(note).map(([, layer]) => layer))) {
      if (heir === null) continue
      const { notes } = heir
      const [to, from] = isIn(added, note) ? [notes.after, notes.before] : [notes.before, notes.after]
      if (isIn(from, note))
        from.splice(
          from.findIndex(other => isSame(other, note)),
          1,
        )
      else if (!isIn(to, note)) to.push(note)
    }
  }
  return [
    ...current.filter(note => !(isIn(added, note) && back(note))),
    ...dropped.filter(note => back(note) && !isIn(current, note)),
  ]
}

function isIn(notes: readonly DataNote[], note: DataNote): boolean {
  return notes.some(other => isSame(other, note))
}

function groupsOf(changes: Slots): Group[] {
  const groups = new Map<string, Group>()
  for (const [slot, change] of changes) {
    const name = groupNameOf(slot)
    const group: Group = groups.get(name) ?? new Map<Slot, Change>()
    groups.set(name, group.set(slot, change))
  }
  return [...groups.values()]
}

function noteChange(changes: readonly FieldChange[]): NoteChange {
  const change = changes.find(({ field }) => field === 'notes')
  const { notes } = normalisedLead.shape
  return { before: notes.parse(change?.before ?? []), after: notes.parse(change?.after ?? []) }
}

/** Of the notes, what changed. */
function changesOf({ slots, notes }: Layer): FieldChange[] {
  const changes = changesOfSlots(slots)
  return isSame(notes.before, notes.after) ? changes : [...changes, { field: 'notes', ...notes }]
}

function leadOf(
  current: NormalisedLead,
  values: ReadonlyMap<Slot, Value>,
  notes: readonly DataNote[],
): NormalisedLead {
  const lead = withSlots(current, values)
  const isReached = isSame([lead.email, lead.website], [current.email, current.website])
  const placed = isReached ? lead : { ...lead, ...domainOf(lead) }
  const conflicts = conflictsWithCountry(placed).filter(note => !isIn(notes, note))
  return { ...placed, notes: [...notes, ...conflicts] }
}

function domainOf({ email, website }: NormalisedLead): Pick<NormalisedLead, 'domain' | 'domainKind'> {
  const reading = email === null ? null : readEmail(email)
  return domainFields(reading?.kind === 'ok' ? reading.host : null, website)
}
