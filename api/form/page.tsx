/** The contact form's pages. They speak for the company, and never of the system behind them. */
import type { Child } from 'hono/jsx'
import { Document } from '../desk/page.js'
import {
  type FieldErrors,
  type FormSource,
  isShown,
  tokenName,
  trapName,
  type Typed,
  utmOf,
} from './fields.js'

type Props = { source: FormSource; token: string; typed: Typed; errors: FieldErrors }

export function FormPage({ source, token, typed, errors }: Props) {
  const wrong = Object.keys(errors)
  const elsewhere = Object.entries(errors).filter(([name]) => !isShown(source, name))
  return (
    <Frame title={wrong.length === 0 ? source.title : 'Please check the form'}>
      {wrong.length === 0 ? null : (
        <div role="alert" class="error">
          <p>Not sent yet. Some answers need another look.</p>
          {elsewhere.map(([name, error]) => (
            <p>{`${name}: ${error}`}</p>
          ))}
        </div>
      )}
      <form method="post" action={`/f/${source.id}`} aria-label={source.title}>
        <input type="hidden" name={tokenName} value={token} />
        {Object.entries(utmOf(typed)).map(([name, value]) => (
          <input type="hidden" name={`utm_${name}`} value={value} />
        ))}
        {source.asks.map(({ name, label, type, fill, step, needed }) => (
          <div class="field">
            <label for={name}>{needed ? label : `${label} (optional)`}</label>
            <input
              id={name}
              name={name}
              type={type}
              step={step}
              value={typed[name] ?? ''}
              autocomplete={fill ?? 'off'}
              required={needed}
              {...errorAttributes(name, errors)}
            />
            <FieldError name={name} errors={errors} />
          </div>
        ))}
        <div class="field">
          <label for="message">Your message (optional)</label>
          <textarea id="message" name="message" {...errorAttributes('message', errors)}>
            {typed.message ?? ''}
          </textarea>
          <FieldError name="message" errors={errors} />
        </div>
        <div class="tick">
          <input
            id="consent"
            name="consent"
            type="checkbox"
            value="yes"
            checked={typed.consent !== undefined}
          />
          <label for="consent">You may write to me by email about my request.</label>
        </div>
        <div class="trap" aria-hidden="true">
          <label for={trapName}>Leave this empty</label>
          <input id={trapName} name={trapName} tabindex={-1} autocomplete="off" />
        </div>
        <button type="submit">Send</button>
      </form>
    </Frame>
  )
}

export function ThanksPage() {
  return (
    <Frame title="Thank you">
      <p>We have your message and will be in touch.</p>
    </Frame>
  )
}

export function NoFormPage() {
  return (
    <Frame title="There is no form here">
      <p>Please check the address.</p>
    </Frame>
  )
}

/** @param isTooLong what was sent is more than a form takes; otherwise the fault is ours */
export function NotSentPage({ isTooLong }: { isTooLong: boolean }) {
  return (
    <Frame title="Not sent">
      <p>
        {isTooLong
          ? 'That is more than this form can take. Please go back and shorten it.'
          : 'Your message could not be sent. Please go back, where what you typed still is, and send it again.'}
      </p>
    </Frame>
  )
}

function Frame({ title, children }: { title: string; children: Child }) {
  return (
    <Document title={title}>
      <main class="narrow">
        <h1>{title}</h1>
        {children}
      </main>
    </Document>
  )
}

function FieldError({ name, errors }: { name: string; errors: FieldErrors }) {
  const error = errors[name]
  return error === undefined ? null : (
    <span id={`${name}-error`} class="error">
      {error}
    </span>
  )
}

function errorAttributes(name: string, errors: FieldErrors) {
  return errors[name] === undefined
    ? {}
    : ({ 'aria-invalid': 'true', 'aria-describedby': `${name}-error` } as const)
}
