/** One review: the question, what speaks for which answer, and a form for each choice. */
import { z } from 'zod'
import type { LeadDetail, Review } from '../../db/leads.js'
import { assertNever, epochMs } from '../../domain/ids.js'
import { type ReviewDecision, reviewDecision } from '../../domain/messages.js'
import { may } from '../permissions.js'
import { correctable } from './corrections.js'
import { ActForm, Choice, Line, Prose } from './fields.js'
import { Due, Instant, spaced } from './page.js'
import { nameOf } from './queue.js'
import type { Reader } from './reader.js'

export type Reviewed = {
  review: Review
  lead: LeadDetail | null
  /** The rules between which a person must choose. */
  between: readonly string[]
}
type Props = { reviewed: Reviewed; reader: Reader }

export function ReviewCard({ reviewed, reader }: Props) {
  const { review, lead } = reviewed
  const titleId = `review-${review.id}`
  const name = lead === null ? 'a lead' : nameOf(lead)
  return (
    <article aria-labelledby={titleId}>
      <h2 id={titleId}>{`${spaced(review.kind)}: ${name}`}</h2>
      <p>
        {`${reader.telling.person(review.decides)} decides by `}
        <Due dueAtMs={review.dueAtMs} reader={reader} />
        {'. '}
        <a href={`/desk/leads/${review.leadId}`}>{`Open the lead: ${name}`}</a>
      </p>
      {review.claim === null ? null : <Claim claim={review.claim} review={review} reader={reader} />}
      <Evidence reviewed={reviewed} reader={reader} />
      {may(reader.caller, 'decide')
        ? review.choices.map(choice => <ChoiceForm choice={choice} reviewed={reviewed} reader={reader} />)
        : null}
    </article>
  )
}

type ClaimProps = { claim: NonNullable<Review['claim']>; review: Review; reader: Reader }

/** Two say that the lead is theirs. */
function Claim({ claim: { claimant, owner, reason, note }, review, reader }: ClaimProps) {
  const touches = evidence.catch({}).parse(review.evidence).claim?.touches ?? []
  return (
    <>
      <p>{`${claimant.name} says that the lead is theirs (${spaced(reason)}). ${owner.name} has it.`}</p>
      {note === null ? null : <p class="prose">{note}</p>}
      {touches.length === 0 ? <p>Neither of them has touched it.</p> : null}
      <ul>
        {touches.map(({ by, touch, atMs }) => (
          <li>
            {`${reader.telling.person(by)}: ${spaced(touch)}, `}
            <Instant atMs={atMs} reader={reader} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** As the activity that opened the review wrote it; a part that is not there is not shown. */
const evidence = z.object({
  facts: z.record(z.string(), z.unknown()).nullish().catch(null),
  duplicates: z
    .object({
      candidates: z.array(z.string()),
      score: z.number(),
      reasons: z.array(z.object({ name: z.string(), weight: z.number(), detail: z.string() })),
    })
    .nullish()
    .catch(null),
  accounts: z
    .object({
      claims: z.array(z.object({ id: z.string(), name: z.string(), owner: z.string().nullable() })),
    })
    .nullish()
    .catch(null),
  claim: z
    .object({ touches: z.array(z.object({ by: z.string(), touch: z.string(), atMs: epochMs })) })
    .nullish()
    .catch(null),
})

function Evidence({ reviewed: { review, between }, reader }: Props) {
  const { facts, duplicates, accounts } = evidence.catch({}).parse(review.evidence)
  const known = Object.entries(facts ?? {}).flatMap(([name, value]) => {
    const said = sayFact(value)
    return said === '' ? [] : [[name, said] as const]
  })
  return (
    <>
      {between.length === 0 ? null : <p>{`The rules in question: ${between.join(', ')}`}</p>}
      {duplicates == null ? null : (
        <>
          <h3>{`Perhaps known: ${duplicates.score} points`}</h3>
          <ul>
            {duplicates.reasons.map(({ name, weight, detail }) => (
              <li>{`${spaced(name)} (${detail}): ${weight}`}</li>
            ))}
            {duplicates.candidates.map((candidate, at) => (
              <li>
                <a href={`/desk/leads/${candidate}`}>{`Look at lead ${at + 1} that it could be`}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      {accounts == null ? null : (
        <>
          <h3>Accounts that claim it</h3>
          <ul>
            {accounts.claims.map(({ id, name, owner }) => (
              <li>{`${name} (${id}): ${owner === null ? 'no owner' : reader.telling.person(owner)}`}</li>
            ))}
          </ul>
        </>
      )}
      {known.length === 0 ? null : (
        <details>
          <summary>What the rules know of it</summary>
          <dl>
            {known.map(([name, said]) => (
              <>
                <dt>{spaced(name)}</dt>
                <dd>{said}</dd>
              </>
            ))}
          </dl>
        </details>
      )}
    </>
  )
}

function sayFact(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(sayFact).join(', ')
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${sayFact(inner)}`)
    .join(', ')
}

const choices = z.enum(reviewDecision.options.map(option => option.shape.choice.value))

const choiceNames: Record<ReviewDecision['choice'], string> = {
  assign: 'Assign',
  merge: 'The same person: merge',
  keepSeparate: 'Another person: keep separate',
  correct: 'Correct and route again',
  keepOwner: 'The owner stays',
  reject: 'Not a lead: reject',
  disqualify: 'Disqualify',
}

function ChoiceForm({ choice: given, reviewed, reader }: Props & { choice: string }) {
  const choice = choices.safeParse(given)
  if (!choice.success) return null
  const { review } = reviewed
  const name = choiceNames[choice.data]
  return (
    <details>
      <summary>{name}</summary>
      <ActForm action={`/desk/reviews/${review.id}/decision`} label={`${name}, ${review.id}`}>
        <input type="hidden" name="choice" value={choice.data} />
        <ChoiceFields choice={choice.data} reviewed={reviewed} reader={reader} />
        <Prose id={`note-${choice.data}-${review.id}`} name="note" label="Note (optional)" most={2_000} />
        <button type="submit">{name}</button>
      </ActForm>
    </details>
  )
}

function ChoiceFields({ choice, reviewed, reader }: Props & { choice: ReviewDecision['choice'] }) {
  const { review, lead, between } = reviewed
  switch (choice) {
    case 'assign':
      return (
        <Choice
          id={`to-${review.id}`}
          name="to"
          label="To"
          options={takersOf(reader, between, review.claim)}
        />
      )
    case 'merge':
      return <MergeField review={review} />
    case 'correct':
      return (
        <>
          {correctable.map(name => (
            <Line
              id={`${name}-${review.id}`}
              name={name}
              label={spaced(name)}
              value={String(lead?.lead?.[name] ?? '')}
            />
          ))}
        </>
      )
    case 'keepSeparate':
    case 'keepOwner':
    case 'reject':
    case 'disqualify':
      return null
    default:
      return assertNever(choice)
  }
}

function MergeField({ review }: { review: Review }) {
  const candidates = evidence.catch({}).parse(review.evidence).duplicates?.candidates ?? []
  const id = `into-${review.id}`
  if (candidates.length === 0)
    return <Line id={id} name="into" label="Id of the lead that it joins" required />
  const options = candidates.map((value, at) => ({ value, text: `lead ${at + 1}: ${value}` }))
  return <Choice id={id} name="into" label="Into" options={options} />
}

function takersOf({ people, policy }: Reader, between: readonly string[], claim: Review['claim']) {
  return [
    { value: '', text: claim === null ? 'by the rules' : `${claim.claimant.name}, who claims it` },
    ...between.map(rule => ({ value: `rule:${rule}`, text: `by the rule ${rule}` })),
    ...Object.keys(policy?.pools ?? {}).map(pool => ({
      value: `pool:${pool}`,
      text: `a turn of the pool ${pool}`,
    })),
    ...people.map(({ id, name }) => ({ value: `rep:${id}`, text: name })),
  ]
}
