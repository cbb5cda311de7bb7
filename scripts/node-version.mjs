// Imported before anything else: the other files use what older Node versions lack.

/** The oldest Node that the dependencies run on, as `engines` in package.json says. */
const oldest = { major: 20, minor: 19 }

/**
 * Why this Node cannot run Leadline, as one line for a person; null where it can.
 * @param {string} version for example `20.19.0`
 * @returns {string | null}
 */
export function whyTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return null
  return `Leadline needs Node ${oldest.major}.${oldest.minor} or later; this is Node ${version}. Install a newer Node, then run the command again.`
}

const refusal = whyTooOld(process.versions.node)
if (refusal !== null) {
  console.error(refusal)
  process.exit(1)
}
