import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** What could be made of a number as a person typed it. */
export type PhoneReading =
  | {
      kind: 'ok'
      e164: string
      extension: string | null
      /** Digits after the plus that name the country or group of countries: `44`, `1`. */
      callingCode: string
      /** ISO 3166-1 alpha-2 where the number belongs to one country alone, else null (toll-free, international). */
      country: string | null
    }
  /** National digits without a country to read them in. */
  | { kind: 'incomplete' }
  | { kind: 'invalid' }

/**
 * Reads a number to E.164 with the extension apart.
 *
 * @param country the lead's country (alpha-2) as a hint; a number that begins with `+` or `00` needs none
 */
export function readPhone(typed: string, country: string | null): PhoneReading {
  const text = typed.trim().replace(/^tel:/i, '').replace(extensionWord, ' ext. $1')
  const international = text.replace(/^\(?00\)?/, '+')
  const hint = country !== null && isSupportedCountry(country) ? country : undefined
  // As typed first: Australians dial 0011, where taking 00 for the plus would read another country.
  const number = parseValid(text, hint) ?? parseValid(international, hint)
  if (number) {
    return {
      kind: 'ok',
      e164: number.number,
      extension: number.ext ?? null,
      callingCode: number.countryCallingCode,
      country: ownCountry(number.country, number.getType()),
    }
  }
  const isNational = hint === undefined && !international.startsWith('+') && nationalDigits.test(text)
  return { kind: isNational ? 'incomplete' : 'invalid' }
}

/**
 * True when a number's calling code is not that of the country: country FR, number +44. Compares codes and not
 * countries, since Canada and the United States share one, as do Guernsey and Britain.
 */
export function contradictsCountry(callingCode: string, country: string): boolean {
  if (countriless.has(callingCode) || !isSupportedCountry(country)) return false
  return getCountryCallingCode(country) !== callingCode
}

function parseValid(text: string, hint: Parameters<typeof getCountryCallingCode>[0] | undefined) {
  const number = parsePhoneNumberFromString(text, { defaultCountry: hint, extract: false })
  return number?.isValid() ? number : undefined
}

function ownCountry(country: string | undefined, type: string | undefined): string | null {
  if (country === undefined || (type !== undefined && placelessTypes.has(type))) return null
  // The metadata gives Rome's numbers to the Vatican, which has a share of them.
  return country === 'VA' ? 'IT' : country
}

const extensionWord =
  /[\s,;]*\b(?:ext(?:ension)?|extn|durchwahl|dw|poste|interno|int|anexo|ramal|doorkiesnr|wew)\b[.:=\s]*(\d{1,7})\s*$/i
const nationalDigits = /^[\d\s().\-/]{4,}(?:ext\. \d+)?$/
const placelessTypes = new Set(['TOLL_FREE', 'PREMIUM_RATE', 'SHARED_COST', 'VOIP', 'PERSONAL_NUMBER', 'UAN'])
/** ITU codes of no country: freephone, shared cost, personal, satellite and networks. */
const countriless = new Set(['800', '808', '870', '878', '881', '882', '883', '888', '979'])
