// Places in which roles and rules hold: everywhere, or a collection that is filled by hand, with all that lie in it.

import { inTree, useCollections } from "./collections.js";
import { SelectField } from "./forms.jsx";

const domainOf = (collection) => `collection:${collection.id}`;

/** Words for a place. */
export function usePlaceName() {
  const all = useCollections() || [];
  return (domain) => (domain === "*" ? "everywhere" : all.find((one) => domainOf(one) === domain)?.name || domain);
}

/** A place to choose; `first` is the choice that stands for none. */
export function PlaceField({ label, first, hint, value, onChange }) {
  const all = (useCollections() || []).filter((one) => one.kind === "manual");
  const options = inTree(all).map((one) => [domainOf(one), `${"\u2003".repeat(one.depth)}${one.name}`]);
  return <SelectField label={label} hint={all.length ? hint : "There is no collection yet that is filled by hand."} options={[["", first], ...options]} value={value} onChange={onChange} />;
}
