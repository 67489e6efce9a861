// The frame of the pages that keep order: their tabs, and what is above the title.

import { FolderTree, ListFilter, Tags } from "lucide-react";
import { Page, Tabs } from "./reading.jsx";

const TABS = [
  ["/collections", "Collections", FolderTree],
  ["/tags", "Tags", Tags],
  ["/rules", "Rules", ListFilter],
];

export function OrganisePage({ above, ...page }) {
  return (
    <Page
      {...page}
      above={
        <>
          <Tabs label="Organising" pages={TABS} />
          {above}
        </>
      }
    />
  );
}
