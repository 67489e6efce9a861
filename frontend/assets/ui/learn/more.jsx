// What else is done with a version, of a dataset or of a model.

import { DropdownMenu } from "@radix-ui/themes";
import { MoreHorizontal } from "lucide-react";

/** `items` are `[kind, words, icon, whether one may not]`; the one that deletes is red. */
export function More({ version, items, onChoose }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className="dr-icon-button" aria-label={`More for ${version.id}`}>
          <MoreHorizontal size={16} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        {items.map(([kind, words, Mark, refused]) => (
          <DropdownMenu.Item key={kind} color={kind === "delete" ? "red" : undefined} disabled={refused} onSelect={() => onChoose(kind)}>
            <Mark size={14} aria-hidden /> {words}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
