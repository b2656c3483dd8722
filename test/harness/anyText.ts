import fc from 'fast-check'

/** Any string, with the characters that matter often enough. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom(
      ...['a', '.', ' ', '\t', '\r', '\n', '\0', '\u0085', '\u00A0', '\u00AD', '\u200B', '\u200C', '\u200D', '\u200E'],
      ...['\u2028', '\u202E', '\u2069', '\uFEFF', '\uD83D', '\uDE00', '\u2800', '\u0301', '\u0323', '\u0344', '\uFB2C'],
      ...['\u1100', '\u1161', '\u11A8', '\u0958', '\u2000', '\u{1D160}', '\u{1F1E9}', '\u{1F469}', '\uFE0F', '\u0600'],
      ...['\u09C7', '\u09BE', '\u0301'.repeat(40), '\u0344'.repeat(20), '\u{1F469}\u200D'.repeat(6)],
    ),
    maxLength: 40,
  }),
)
