// What a rule does as a list of actions, and as the document that REST takes; apart from React so that it can be tested.

/** Every kind of action: its name, and what its value is. */
export const ACTIONS = {
  add_tags: { name: "Add tags", value: [] },
  remove_tags: { name: "Take tags off", value: [] },
  set_tags: { name: "Replace all tags by", value: [] },
  add_to: { name: "Put into collections", value: [] },
  remove_from: { name: "Take out of collections", value: [] },
  rating: { name: "Rate", value: 3 },
  label: { name: "Label", value: "red" },
  favourite: { name: "Favourite", value: true },
  title: { name: "Set the title", value: "", most: 200 },
  caption: { name: "Set the caption", value: "", most: 4000 },
  creator: { name: "Set the creator", value: "", most: 200 },
  copyright: { name: "Set the copyright", value: "", most: 300 },
  preset: { name: "Run a recipe", value: "" },
};

const isThere = (value) => value !== null && value !== undefined && !(Array.isArray(value) && !value.length);

/** What a rule does, one action each. */
export function actionsOf(rule) {
  const given = { ...rule.edit, preset: rule.preset };
  return Object.keys(ACTIONS)
    .filter((kind) => (kind === "set_tags" ? Array.isArray(given[kind]) : isThere(given[kind])))
    .map((kind) => ({ kind, value: given[kind] }));
}

/** The same as REST takes it: what says nothing yet is left out. */
export function documentOf(actions) {
  const edit = {};
  let preset = null;
  for (const { kind, value } of actions) {
    const says = Array.isArray(value) ? value.length : value !== "";
    if (kind === "preset") preset = value || null;
    else if (says || kind === "set_tags") edit[kind] = value;
  }
  return { edit: Object.keys(edit).length ? edit : null, preset };
}

export const doesSomething = (actions) => {
  const { edit, preset } = documentOf(actions);
  return Boolean(edit || preset);
};

/** Kinds that can still be added, each once. That all tags are replaced is kept where a rule says so, and not offered: too much is lost by a slip. */
export function kindsLeft(actions) {
  const there = new Set(actions.map((one) => one.kind));
  return Object.keys(ACTIONS).filter((kind) => !there.has(kind) && kind !== "set_tags" && !(["add_tags", "remove_tags"].includes(kind) && there.has("set_tags")));
}
