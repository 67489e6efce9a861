// Fields of a form, made from the JSON schema of an operation's parameters. Kept apart from React so that it can be tested.

/** From this many values on a range is too wide to be dragged. */
const WIDEST = 25_000;

const words = (name) => {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** Values that have a spelling of their own. */
const SPELT = { ahd: "AHD", vng: "VNG", ppg: "PPG", dht: "DHT", srgb: "sRGB", p3: "Display P3", adobe: "Adobe RGB", prophoto: "ProPhoto", rec2020: "Rec. 2020", cmyk: "CMYK", rgb: "RGB", clahe: "CLAHE" };

/** A choice as a person reads it. */
export const say = (option) => SPELT[option] || words(String(option));

/** What a parameter is for, without the marks that documents have around names. */
const plain = (text) => text.replace(/`([^`]*)`/g, (_, name) => name.replaceAll("_", " "));

function resolved(property, definitions) {
  if (property.$ref) return { ...definitions[property.$ref.split("/").at(-1)], ...property, $ref: undefined };
  const parts = property.anyOf?.filter((one) => one.type !== "null");
  return parts?.length === 1 ? { ...resolved(parts[0], definitions), ...property, anyOf: undefined, nullable: parts.length < property.anyOf.length } : property;
}

const isPair = (items) => items?.prefixItems?.length === 2 && items.prefixItems.every((one) => one.type === "number");

function kindOf(found) {
  if (found.enum) return "choice";
  if (found.ui === "colour" || found.ui === "picture" || found.ui === "file" || found.ui === "model") return found.ui;
  if (found.type === "boolean") return "switch";
  if (found.type === "number" || found.type === "integer") return "number";
  if (found.type === "object" && found.properties) return "group";
  if (found.type === "string") return found.maxLength > 200 ? "text" : "line";
  if (found.type !== "array") return "json";
  if (isPair(found)) return "point";
  if (isPair(found.items)) return "curve";
  if (found.prefixItems?.length === 3 && found.minItems === 3) return "triple";
  if (found.names) return "named";
  if (found.items?.ui === "picture") return "pictures";
  return found.items?.type === "string" ? "words" : "json";
}

function rangeOf(found) {
  const whole = found.type === "integer";
  const step = found.step ?? (whole ? 1 : 0.01);
  const low = found.minimum ?? (found.exclusiveMinimum === undefined ? null : found.exclusiveMinimum + step);
  const high = found.maximum ?? (found.exclusiveMaximum === undefined ? null : found.exclusiveMaximum - step);
  return { whole, step, min: low, max: high, slider: low !== null && high !== null && high - low <= WIDEST };
}

/** Every parameter of an operation as a field. */
export function fieldsOf(parameters) {
  const definitions = parameters.$defs || {};
  return Object.entries(parameters.properties || {}).map(([name, property]) => {
    const found = resolved(property, definitions);
    const kind = kindOf(found);
    return {
      name,
      label: words(name),
      kind,
      help: plain(found.description || ""),
      initial: found.default,
      nullable: Boolean(found.nullable),
      required: (parameters.required || []).includes(name),
      unit: found.unit || "",
      options: found.enum || [],
      pattern: found.pattern || "",
      when: found.when || null,
      names: found.names || [],
      step: found.step,
      maxLength: found.maxLength,
      ...(kind === "number" ? rangeOf(found) : {}),
      ...(kind === "group" ? { fields: fieldsOf({ properties: found.properties, $defs: definitions }) } : {}),
    };
  });
}

/** Whether a field means something beside the values of the others. */
export const meant = (field, fields, params) => !field.when || Object.entries(field.when).every(([name, value]) => (params[name] ?? fields.find((one) => one.name === name)?.initial) === value);

/** Where a slider stands for a value, 0 to 1: a range that begins at nothing and is wide is finer at its beginning. */
export function toShare(field, value) {
  const share = (value - field.min) / (field.max - field.min || 1);
  return Math.min(1, Math.max(0, share)) ** (1 / bend(field));
}

export function fromShare(field, share) {
  const exact = field.min + share ** bend(field) * (field.max - field.min);
  return tidy(field, exact);
}

const bend = (field) => (field.min >= 0 && field.initial > field.min && (field.initial - field.min) / (field.max - field.min) < 0.12 ? 2.5 : 1);

/** A value on the steps of its field and within its range. */
export function tidy(field, value) {
  const digits = field.step < 1 ? Math.min(6, Math.ceil(-Math.log10(field.step))) : 0;
  const stepped = Math.round(value / field.step) * field.step;
  const within = Math.min(field.max ?? Infinity, Math.max(field.min ?? -Infinity, stepped));
  return Number(within.toFixed(digits));
}

/** What is wrong with a number, in words; nothing when it may be sent. */
export function refusalOf(field, text) {
  if (String(text).trim() === "") return field.nullable ? "" : `${field.label} needs a number.`;
  const value = Number(String(text).replace(",", "."));
  if (!Number.isFinite(value)) return `${text} is no number.`;
  if (field.whole && !Number.isInteger(value)) return "Only whole numbers fit here.";
  const unit = field.unit ? ` ${field.unit}` : "";
  if (field.min !== null && value < field.min) return `At least ${field.min}${unit}.`;
  if (field.max !== null && value > field.max) return `At most ${field.max}${unit}.`;
  return "";
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const absent = (value) => value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

/** The first parameter that a step still needs before it can be done. */
export const missingOf = (fields, params) => fields.find((field) => field.required && absent(params[field.name])) || null;

/** A value in a few words, for the line under a step. */
export function shown(field, value) {
  if (value === null || value === undefined || value === "") return "auto";
  if (field.kind === "switch") return value ? "on" : "off";
  if (field.kind === "number") return `${value > 0 && field.min < 0 ? "+" : ""}${value}${field.unit ? (field.unit === "°" ? "°" : ` ${field.unit}`) : ""}`;
  if (field.kind === "choice") return SPELT[value] || String(value).replaceAll("_", " ");
  if (field.kind === "picture" || field.kind === "file") return String(value).slice(0, 8);
  return typeof value === "string" ? value : "set";
}

/** What a step does in a few words: parameters that were changed, else its first number. */
export function summary(fields, params) {
  const changed = fields.filter((field) => field.name in params && !same(params[field.name], field.initial));
  if (changed.length) return changed.slice(0, 3).map((field) => `${field.label} ${shown(field, params[field.name])}`).join(", ") + (changed.length > 3 ? " …" : "");
  const first = fields.find((field) => field.kind === "number" && field.initial !== null && field.initial !== undefined);
  // A zero says nothing of what would be done.
  return first?.initial ? `${first.label} ${shown(first, first.initial)}` : "Nothing changed yet";
}

/** Operations that fit what was typed, best first: by name, other words for it, family, and what it says of itself. */
export function search(operations, typed) {
  const wanted = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return operations;
  const scored = operations.map((one) => {
    const name = one.title.toLowerCase();
    const others = one.aliases.map((alias) => alias.toLowerCase());
    const worth = (word) => {
      if (name.startsWith(word)) return 5;
      if (name.split(" ").some((part) => part.startsWith(word))) return 4;
      if (others.some((alias) => alias.startsWith(word))) return 3;
      if (others.some((alias) => alias.includes(word)) || name.includes(word)) return 2;
      return one.category.startsWith(word) || one.summary.toLowerCase().includes(word) ? 1 : 0;
    };
    const each = wanted.map(worth);
    return { one, score: each.includes(0) ? 0 : each.reduce((sum, value) => sum + value, 0) + (name === wanted.join(" ") ? 5 : 0) };
  });
  return scored.filter((row) => row.score).sort((a, b) => b.score - a.score).map((row) => row.one);
}
