// The tools above the pictures: search, order, size.

import { useEffect, useRef, useState } from "react";
import { ArrowDownUp, Grid2x2, Grid3x3, LayoutGrid, List, Rows3, Search, X } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";

const TYPING = 220;

export function SearchBox({ value, onChange, field }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const typed = useRef(value);
  useEffect(() => {
    // The address may change elsewhere (back button, a chip); what is being typed wins.
    if (value !== typed.current) {
      setText(value);
      typed.current = value;
    }
  }, [value]);
  const type = (next, wait = TYPING) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      typed.current = next.trim();
      onChange(typed.current);
    }, wait);
  };
  return (
    <div className="dr-search" role="search">
      <Search size={16} aria-hidden />
      <input
        ref={field}
        type="search"
        value={text}
        maxLength={200}
        placeholder="Search names, tags, cameras"
        aria-label="Search pictures"
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") type(text, 0);
          if (event.key === "Escape") {
            if (text) type("", 0);
            else event.currentTarget.blur();
          }
        }}
      />
      {text ? (
        <button type="button" aria-label="Clear search" onClick={() => type("", 0)}>
          <X size={15} aria-hidden />
        </button>
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
    </div>
  );
}

export function SortMenu({ value, options, onChange, small }) {
  const label = options.find(([key]) => key === value)?.[1];
  return (
    <DropdownMenu.Root>
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
