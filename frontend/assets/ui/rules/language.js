// Expressions of the query language as rows of conditions, kept apart from React so that it can be tested.

/** Conditions that all must hold, each as it is written; one with `or` or a lone `not` outside of parentheses stays whole. */
export function partsOf(text) {
  const parts = [];
  let part = "";
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "/" && !quoted && part.endsWith(":")) {
      const [whole] = text.slice(at).match(/^\/(?:[^/\\]|\\.)*(?:\/|$)/s) ?? [letter];
      part += whole;
      at += whole.length - 1;
      continue;
    }
    if (letter === "\\" && quoted) {
      part += letter + (text[at + 1] ?? "");
      at += 1;
      continue;
    }
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === "(") depth += 1;
    else if (!quoted && letter === ")") depth -= 1;
    if (!quoted && depth <= 0 && /\s/.test(letter)) {
      if (part) parts.push(part);
      part = "";
    } else part += letter;
  }
  if (part) parts.push(part);
  const tied = parts.some((one) => /^(or|and|not)$/i.test(one) || /^[<>=!]/.test(one) || /[<>=:]$/.test(one));
  return tied ? [text.trim()] : parts;
}

/** The expression with one condition more; what has an `or` is held together. */
export function withPart(text, part) {
  const [only, ...more] = partsOf(text);
  if (!only) return part;
  return more.length || !/\sor\s/i.test(only) ? `${text.trim()} ${part}` : `(${text.trim()}) ${part}`;
}

export const withoutPart = (text, at) => partsOf(text).filter((_, other) => other !== at).join(" ");

/** The expression with another part in place of all that fit a pattern; without them when `part` is empty. */
export function replaced(text, pattern, part) {
  const found = partsOf(text);
  const at = found.findIndex((one) => pattern.test(one));
  const rest = at >= 0 ? found.filter((one) => !pattern.test(one)).join(" ") : text;
  return part ? withPart(rest, part) : rest;
}

/** Values with commas between them, without the quotation marks that some stand in. */
export const valuesOf = (text) => [...text.matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/g)].map((one) => (one[1] === undefined ? one[0] : one[1].replace(/\\(.)/g, "$1")));

/** A value as the language takes it: in quotation marks where it has to be. */
export const quoted = (value) => (/^[^\s"(),\\/][^\s"(),\\]*$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`);

const WORDS = { ":": "is", "=": "is exactly", "!=": "is not", "<": "below", "<=": "at most", ">": "above", ">=": "at least" };
const TEXT_WORDS = { ...WORDS, ":": "holds", "=": "is exactly" };
const DATE_WORDS = { ...WORDS, ":": "within", "=": "is", "<": "before", "<=": "until", ">": "after", ">=": "since" };

/** What stands for `field:/pattern/` among operators. */
export const PATTERN = "/";

/** Operators of a field with words for each; a place is asked in one way only. */
export function operatorsOf(field) {
  const words = { text: TEXT_WORDS, date: DATE_WORDS }[field.kind] || WORDS;
  // For numbers and yes or no `:` and `=` are the same question.
  const shown = field.operators.filter((one) => !(one === "=" && field.operators.includes(":") && ["number", "date", "yes_no"].includes(field.kind)));
  return [...shown.map((one) => [one, words[one]]), ...(field.patterns ? [[PATTERN, "matches"]] : [])];
}

/** A condition of what was filled in; nothing while it is not whole. */
export function conditionOf(field, operator, values) {
  const given = values.map((one) => String(one ?? "").trim());
  if (field.kind === "place") return given.slice(0, 3).every(Boolean) ? `${field.name}:near(${given[0]},${given[1]},${given[2]}km)` : "";
  if (!given[0]) return "";
  // A slash of one's own is written with a backslash; what has one already stays.
  if (operator === PATTERN) return `${field.name}:/${given[0].replace(/\\.|\//gs, (one) => (one === "/" ? "\\/" : one))}/`;
  return `${field.name}${operator}${["text", "value"].includes(field.kind) ? quoted(given[0]) : given[0]}`;
}
