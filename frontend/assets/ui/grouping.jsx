// Groups of a view: what divides it, and what stands above each.

import { Fragment } from "react";
import { CheckCheck, Crown, Group } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { count, plural } from "./format.js";
import { GROUPS, wordsOf } from "./groups.js";
import { IconButton } from "./ui.jsx";

export function GroupMenu({ value, onChange }) {
  const label = GROUPS.find(([key]) => key === value)?.[1];
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className={`dr-icon-button${value ? " dr-has-mark" : ""}`} aria-label={`Groups: ${label}`} title={`Groups: ${label}`}>
          <Group size={18} strokeWidth={1.75} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
          {GROUPS.map(([key, name]) => (
            <Fragment key={key}>
              <DropdownMenu.RadioItem value={key}>{name}</DropdownMenu.RadioItem>
              {!key && <DropdownMenu.Separator />}
            </Fragment>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

/** The heading of a group, which scrolls with its pictures. */
export function GroupHead({ source, group, top, height, tools, onChoose }) {
  const found = source.groups[group];
  if (!found) return null;
  const words = wordsOf(source.by, found);
  const [from, to] = [source.starts[group], source.starts[group + 1] - 1];
  return (
    <div role="row" className="dr-group" style={{ transform: `translateY(${top}px)`, height }}>
      <div role="rowheader" className="dr-group-words">
        <strong>{words}</strong>
        {source.by !== "stack" && <span>{count(found.count)}</span>}
      </div>
      <div role="gridcell" className="dr-group-tools">
        {tools?.(source, group)}
        <IconButton icon={CheckCheck} size={16} label={`Choose all of ${words}`} onClick={() => onChoose([[from, to]], true)} />
      </div>
    </div>
  );
}

/** The heading of the group that is in sight, once its own has scrolled away. */
export function GroupNow({ source, group, shown }) {
  const found = source.groups[group];
  if (!found || !shown) return null;
  return (
    <p className="dr-group-now" aria-hidden>
      {wordsOf(source.by, found)}
    </p>
  );
}

/** Keeps the best of a stack and puts the others into the trash. */
export function KeepBest({ number, words, onKeep }) {
  return (
    <button type="button" className="dr-button dr-button-small" title="The best rated, then the best quality, of much the same quality the largest; the others go to the trash" aria-label={words} onClick={onKeep}>
      <Crown size={13} aria-hidden /> Keep the best <span className="dr-keep-more">{number ? `· ${plural(number, "other")} to the trash` : "of each"}</span>
    </button>
  );
}
