// The tools above the pictures: order, layout, size.

import { ArrowDownUp, Grid2x2, Grid3x3, LayoutGrid, List, Rows3 } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";

export function SortMenu({ value, options, onChange, small }) {
  const label = options.find(([key]) => key === value)?.[1];
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger>
        <button type="button" className={small ? "dr-icon-button" : "dr-button dr-button-quiet"} aria-label={`Sort: ${label}`}>
          <ArrowDownUp size={small ? 18 : 15} strokeWidth={1.75} aria-hidden />
          {!small && label}
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" variant="soft" color="gray">
        <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
          {options.map(([key, name]) => (
            <DropdownMenu.RadioItem key={key} value={key}>
              {name}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

const LAYOUTS = [
  ["grid", "Tiles", LayoutGrid],
  ["rows", "Rows in their own shapes", Rows3],
  ["list", "List", List],
];

export function LayoutChoice({ value, onChange }) {
  return (
    <div className="dr-segments" role="radiogroup" aria-label="Layout">
      {LAYOUTS.map(([mode, name, Icon]) => (
        <button key={mode} type="button" role="radio" aria-checked={mode === value} aria-label={name} title={name} onClick={() => onChange(mode)}>
          <Icon size={16} strokeWidth={1.75} aria-hidden />
        </button>
      ))}
    </div>
  );
}

export function SizeSlider({ value, onChange }) {
  return (
    <div className="dr-size">
      <Grid3x3 size={15} aria-hidden />
      <input type="range" className="dr-range" min={96} max={400} step={4} value={value} style={{ "--at": (value - 96) / 304 }} aria-label="Size of pictures" aria-valuetext={`${value} pixels`} onChange={(event) => onChange(Number(event.target.value))} />
      <Grid2x2 size={15} aria-hidden />
    </div>
  );
}
