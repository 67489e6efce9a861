// Everything that has no room in the bar of a small screen.

import { EllipsisVertical } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { MODES } from "./compare.jsx";

export function More({ mode, onMode, items }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className="dr-icon-button dv-phone-only" aria-label="More">
          <EllipsisVertical size={18} strokeWidth={1.75} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        {items.map(([words, act, off]) => (
          <DropdownMenu.Item key={words} disabled={off} onSelect={act}>
            {words}
          </DropdownMenu.Item>
        ))}
        <DropdownMenu.Separator />
        <DropdownMenu.RadioGroup value={mode} onValueChange={onMode}>
          {MODES.map(([key, words]) => (
            <DropdownMenu.RadioItem key={key} value={key}>
              {words}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
