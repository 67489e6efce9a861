// Finding things by a few letters of their names.

/** How well words fit a name: every word must begin one of the name's, or lie in it; null when one does not. */
export function fit(name, words) {
  const text = name.toLowerCase();
  let total = 0;
  for (const word of words.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = text.indexOf(word);
    if (at < 0) return null;
    total += at === 0 ? 0 : /[^\p{L}\p{N}]/u.test(text[at - 1]) ? 1 : 2;
  }
  return total;
}

/** Those that fit, the best first, in their own order where they fit alike. */
export const matching = (all, words, nameOf) =>
  all
    .map((one, at) => ({ one, at, fit: fit(nameOf(one), words) }))
    .filter((found) => found.fit !== null)
    .sort((a, b) => a.fit - b.fit || a.at - b.at)
    .map((found) => found.one);
